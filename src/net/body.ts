/** An answer that holds more than it may; the message tells more than what. */
export class TooLarge extends Error {}

/**
 * The text of an answer, unpacked.
 *
 * @param most what it may hold, in bytes as unpacked. No more than that, and what is on its way, is
 *   ever in memory.
 * @throws TooLarge where it holds more, and what reading it meets.
 */
export async function readText(body: ReadableStream<Uint8Array>, most: number): Promise<string> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new TextDecoder().decode(Buffer.concat(chunks));
    bytes += value.length;
    if (bytes > most) {
      void reader.cancel().catch(() => {});
      throw new TooLarge(`more than ${most / 1024 / 1024} MiB`);
    }
    chunks.push(value);
  }
}
