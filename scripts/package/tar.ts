/** A file in an archive. */
export interface Entry {
  path: string;
  executable?: boolean;
  contents: string | Uint8Array;
}

const BLOCK = 512;
/**
 * When every file of an archive was last changed, in seconds since 1970: always the same, so that
 * building again gives the same bytes. Not 0, which some tools warn about: 2000-01-01.
 */
const CHANGED_S = 946_684_800;

/**
 * A tar archive (ustar) of files that belong to root, in the order given: the same entries give the
 * same bytes.
 *
 * @throws Error for a path of more than 100 bytes.
 */
export function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const contents = Buffer.from(entry.contents);
    return [header(entry, contents.length), contents, padding(contents.length)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** The same bytes for the same bytes: no name and no time in it. */
export function gzip(bytes: Buffer): Buffer {
  return Buffer.from(Bun.gzipSync(new Uint8Array(bytes), { library: "libdeflate", level: 9 }));
}

function header({ path, executable = false }: Entry, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path}: too long for an archive`);
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0);
  block.write(octal(executable ? 0o755 : 0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(CHANGED_S, 12), 136);
  // The checksum is taken with blanks in its own place.
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257, "latin1");
  block.write("root", 265);
  block.write("root", 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)}\0 `, 148, "latin1");
  return block;
}

/** A number in a field of so many bytes, the last of which is NUL. */
function octal(value: number, length: number): string {
  return value.toString(8).padStart(length - 1, "0");
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
