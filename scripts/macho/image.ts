/** Magic of a 64-bit Mach-O file in the byte order of every Mac there is. */
const MAGIC_64 = 0xfeedfacf;
const HEADER_SIZE = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SECTION_SIZE = 80;

/** A part of the file that is mapped into memory. */
export interface Segment {
  /** Where its load command stands in the file. */
  command: number;
  fileOffset: number;
  fileSize: number;
  memorySize: number;
}

/** What signing a Mach-O executable needs to know of it; see <mach-o/loader.h>. */
export interface Image {
  text: Segment;
  /** The last segment, which the signature ends. */
  linkedit: Segment;
  signature: { command: number; offset: number; size: number };
  /** The binary brings an Info.plist along, which a signature has to vouch for. */
  hasInfoPlist: boolean;
}

/**
 * Reads the load commands of a Mach-O executable for one CPU.
 *
 * @throws Error when it is none, has no place for a signature, or claims more than the file holds.
 */
export function readImage(file: Buffer): Image {
  if (file.length < HEADER_SIZE || file.readUInt32LE(0) !== MAGIC_64) {
    throw new Error("not a 64-bit Mach-O file");
  }
  const segments = new Map<string, Segment>();
  let signature: Image["signature"] | undefined;
  let hasInfoPlist = false;
  for (const { id, command, size } of loadCommands(file)) {
    if (id === LC_SEGMENT_64) {
      segments.set(nameAt(file, command + 8), {
        command,
        fileOffset: Number(file.readBigUInt64LE(command + 40)),
        fileSize: Number(file.readBigUInt64LE(command + 48)),
        memorySize: Number(file.readBigUInt64LE(command + 32)),
      });
      for (let section = command + 72; section < command + size; section += SECTION_SIZE) {
        hasInfoPlist ||= nameAt(file, section) === "__info_plist";
      }
    } else if (id === LC_CODE_SIGNATURE) {
      signature = {
        command,
        offset: file.readUInt32LE(command + 8),
        size: file.readUInt32LE(command + 12),
      };
    }
  }
  const text = segments.get("__TEXT");
  const linkedit = segments.get("__LINKEDIT");
  if (!text || !linkedit) throw new Error("no __TEXT or no __LINKEDIT segment");
  if (!signature) throw new Error("no place for a signature");
  if (signature.offset + signature.size > file.length) throw new Error("cut off in its signature");
  return { text, linkedit, signature, hasInfoPlist };
}

function* loadCommands(file: Buffer): Generator<{ id: number; command: number; size: number }> {
  const count = file.readUInt32LE(16);
  const end = HEADER_SIZE + file.readUInt32LE(20);
  let command = HEADER_SIZE;
  for (let n = 0; n < count; n++) {
    const size = command + 8 <= file.length ? file.readUInt32LE(command + 4) : 0;
    if (size < 8 || command + size > Math.min(end, file.length)) {
      throw new Error("broken load commands");
    }
    yield { id: file.readUInt32LE(command), command, size };
    command += size;
  }
}

function nameAt(file: Buffer, offset: number): string {
  return file.toString("latin1", offset, offset + 16).replace(/\0+$/, "");
}
