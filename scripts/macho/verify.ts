import {
  DIRECTORY_SIZE,
  DIRECTORY_VERSION,
  FLAG,
  HASH_SHA256,
  HASH_SIZE,
  LAST_SPECIAL_SLOT,
  MAGIC,
  pageHashes,
  sha256,
  SLOT,
} from "./format.ts";
import { type Image, readImage } from "./image.ts";

/**
 * Looks for everything that makes macOS kill an executable for its signature, by computing every hash
 * again: an ad hoc signature, or one by a Developer ID (whose certificates only a Mac can judge).
 *
 * @returns what is wrong, in words; nothing when it holds.
 */
export function findSignatureFaults(file: Buffer): string[] {
  try {
    const image = readImage(file);
    const blobs = readBlobs(file, image);
    const directory = blobs.get(SLOT.codeDirectory);
    if (!directory) return ["no code directory"];
    return [
      ...placeFaults(file, image),
      ...directoryFaults(directory, image, blobs),
      ...specialFaults(directory, blobs),
      ...pageFaults(file, directory),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** The blobs of a signature by their slots, each cut to its own length. */
function readBlobs(file: Buffer, { signature }: Image): Map<number, Buffer> {
  const all = file.subarray(signature.offset, signature.offset + signature.size);
  if (all.length < 12 || all.readUInt32BE(0) !== MAGIC.embeddedSignature) {
    throw new Error("no signature where the load command points");
  }
  if (all.readUInt32BE(4) > all.length) throw new Error("the signature is longer than its place");
  const blobs = new Map<number, Buffer>();
  for (let n = 0; n < all.readUInt32BE(8); n++) {
    const offset = all.readUInt32BE(12 + n * 8 + 4);
    blobs.set(
      all.readUInt32BE(12 + n * 8),
      all.subarray(offset, offset + all.readUInt32BE(offset + 4)),
    );
  }
  return blobs;
}

function placeFaults(file: Buffer, { signature, linkedit }: Image): string[] {
  const end = signature.offset + signature.size;
  return failed([
    [signature.offset % 16 === 0, "the signature is not aligned to 16 bytes"],
    [end === file.length, "the file goes on after its signature"],
    [linkedit.fileOffset + linkedit.fileSize === end, "__LINKEDIT does not end with the file"],
    [linkedit.memorySize >= linkedit.fileSize, "__LINKEDIT is larger than its memory"],
  ]);
}

function directoryFaults(
  directory: Buffer,
  { text, signature }: Image,
  blobs: Map<number, Buffer>,
): string[] {
  if (directory.length < DIRECTORY_SIZE || directory.readUInt32BE(0) !== MAGIC.codeDirectory) {
    throw new Error("the code directory is none");
  }
  const { version, flags, limit, pageBits, codeSlots, hashOffset, ...rest } =
    readDirectory(directory);
  if (version < DIRECTORY_VERSION) throw new Error("the code directory is of an old version");
  if (rest.hashSize !== HASH_SIZE || rest.hashType !== HASH_SHA256) {
    throw new Error("the hashes are not SHA-256");
  }
  if (hashOffset + codeSlots * HASH_SIZE > directory.length) {
    throw new Error("the code directory is cut off");
  }
  const adhoc = Boolean(flags & FLAG.adhoc);
  const bySomebody = (blobs.get(SLOT.cms)?.length ?? 0) > 8;
  return failed([
    [limit === signature.offset, "not everything before the signature is hashed"],
    [codeSlots === Math.ceil(limit / 2 ** pageBits), "there are not as many hashes as pages"],
    [adhoc || bySomebody, "neither ad hoc nor signed by anybody"],
    [!(adhoc && bySomebody), "ad hoc, and signed by somebody"],
    [!(adhoc && flags & FLAG.runtime), "ad hoc with the hardened runtime"],
    [
      rest.execOffset === text.fileOffset && rest.execSize === text.fileSize,
      "the executable segment is not __TEXT",
    ],
  ]);
}

function failed(checks: [holds: boolean, fault: string][]): string[] {
  return checks.filter(([holds]) => !holds).map(([, fault]) => fault);
}

/** What is hashed besides pages: requirements, entitlements and the like, each if it is there. */
function specialFaults(directory: Buffer, blobs: Map<number, Buffer>): string[] {
  const { hashOffset, specialSlots } = readDirectory(directory);
  const faults: string[] = [];
  for (let slot = 1; slot <= LAST_SPECIAL_SLOT; slot++) {
    const content = blobs.get(slot);
    const expected = content ? sha256(content) : Buffer.alloc(HASH_SIZE);
    const start = hashOffset - slot * HASH_SIZE;
    const found =
      slot <= specialSlots ? directory.subarray(start, start + HASH_SIZE) : Buffer.alloc(HASH_SIZE);
    if (!found.equals(expected)) faults.push(`special slot ${slot} does not match`);
  }
  return faults;
}

function pageFaults(file: Buffer, directory: Buffer): string[] {
  const { hashOffset, limit, pageBits } = readDirectory(directory);
  const wrong: number[] = [];
  let page = 0;
  for (const hash of pageHashes(file, limit, pageBits)) {
    const start = hashOffset + page * HASH_SIZE;
    if (!hash.equals(directory.subarray(start, start + HASH_SIZE))) wrong.push(page);
    page++;
  }
  if (wrong.length === 0) return [];
  return [`${wrong.length} of ${page} page hashes are wrong, the first of page ${wrong[0]}`];
}

function readDirectory(directory: Buffer) {
  return {
    version: directory.readUInt32BE(8),
    flags: directory.readUInt32BE(12),
    hashOffset: directory.readUInt32BE(16),
    specialSlots: directory.readUInt32BE(24),
    codeSlots: directory.readUInt32BE(28),
    limit: directory.readUInt32BE(32),
    hashSize: directory[36],
    hashType: directory[37],
    pageBits: directory[39] ?? 0,
    execOffset: Number(directory.readBigUInt64BE(64)),
    execSize: Number(directory.readBigUInt64BE(72)),
  };
}
