/** How large the made-up executable's parts are; odd sizes show where rounding is forgotten. */
export const TEXT_SIZE = 0x5000;
export const LINKEDIT_SIZE = 0x1235;

const HEADER_SIZE = 32;
const SEGMENT_SIZE = 72;

/**
 * A Mach-O executable small enough to look at: a __TEXT segment, a __LINKEDIT segment, and a load
 * command for a signature that is not there yet.
 */
export function makeExecutable({ section = "__text" } = {}): Buffer {
  const text = Buffer.alloc(SEGMENT_SIZE + 80);
  writeSegment(text, "__TEXT", 0, TEXT_SIZE);
  text.writeUInt32LE(1, 64);
  text.write(section, SEGMENT_SIZE, "latin1");
  const linkedit = Buffer.alloc(SEGMENT_SIZE);
  writeSegment(linkedit, "__LINKEDIT", TEXT_SIZE, LINKEDIT_SIZE);
  const signature = Buffer.alloc(16);
  for (const [index, word] of [0x1d, 16, TEXT_SIZE + LINKEDIT_SIZE, 0].entries()) {
    signature.writeUInt32LE(word, index * 4);
  }
  const commands = Buffer.concat([text, linkedit, signature]);
  const header = Buffer.alloc(HEADER_SIZE);
  const words = [0xfeedfacf, 0x0100000c, 0, 2, 3, commands.length, 0, 0];
  for (const [index, word] of words.entries()) header.writeUInt32LE(word, index * 4);
  const file = Buffer.alloc(TEXT_SIZE + LINKEDIT_SIZE);
  for (let at = 0; at < file.length; at++) file[at] = (at * 31) % 251;
  header.copy(file);
  commands.copy(file, HEADER_SIZE);
  return file;
}

function writeSegment(command: Buffer, name: string, offset: number, size: number): void {
  command.writeUInt32LE(0x19, 0);
  command.writeUInt32LE(command.length, 4);
  command.write(name, 8, "latin1");
  command.writeBigUInt64LE(BigInt(0x100000000 + offset), 24);
  command.writeBigUInt64LE(BigInt(size), 32);
  command.writeBigUInt64LE(BigInt(offset), 40);
  command.writeBigUInt64LE(BigInt(size), 48);
}
