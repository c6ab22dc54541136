/** An answer that holds more than it may; the message tells more than what. */
export class TooLarge extends Error {}

/** An answer that is not packed as it says, or in a way that nobody asked for. */
export class Unpackable extends Error {}

/**
 * What a fetch is to have so that `readText` unpacks: Bun, left to itself, writes to stderr of what it
 * cannot unpack.
 */
export const PACKED = { decompress: false, headers: { "accept-encoding": "gzip" } };

/**
 * The text of an answer to a fetch with `PACKED`.
 *
 * @param packing the answer's Content-Encoding.
 * @param most what it may hold, in bytes as unpacked. No more than that, and what is on its way, is
 *   ever in memory.
 * @throws TooLarge where it holds more, Unpackable, and what reading it meets.
 */
export async function readText(
  body: ReadableStream<Uint8Array>,
  packing: string | null,
  most: number,
): Promise<string> {
  const isPacked = !/^(?:identity)?$/i.test(packing ?? "");
  if (isPacked && !/^(?:x-)?gzip$/i.test(packing ?? "")) throw new Unpackable("not gzip");
  const bytesOnly = body as ReadableStream<Uint8Array<ArrayBuffer>>;
  const text = isPacked ? bytesOnly.pipeThrough(new DecompressionStream("gzip")) : body;
  const reader = text.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: NodeJS.ErrnoException) => {
      // A fault of the network has a code.
      throw isPacked && !error.code ? new Unpackable("not gzip", { cause: error }) : error;
    });
    if (done) return new TextDecoder().decode(Buffer.concat(chunks));
    bytes += value.length;
    if (bytes > most) {
      void reader.cancel().catch(() => {});
      throw new TooLarge(`more than ${most / 1024 / 1024} MiB`);
    }
    chunks.push(value);
  }
}
