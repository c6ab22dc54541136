import {
  DIRECTORY_SIZE,
  DIRECTORY_VERSION,
  FLAG,
  HASH_SHA256,
  HASH_SIZE,
  MAGIC,
  MAIN_BINARY,
  PAGE_BITS,
  pageHashes,
  sha256,
  SLOT,
} from "./format.ts";
import { type Image, readImage } from "./image.ts";

const SPECIAL_SLOTS = SLOT.requirements;
const ALIGNMENT = 16;
/** The larger of the page sizes that Macs have. */
const VM_PAGE_SIZE = 0x4000;

/**
 * Signs a Mach-O executable ad hoc, as `codesign --sign -` does: whatever signature it has is
 * replaced by a SHA-256 of every page. The same file and identifier give the same bytes.
 *
 * @throws Error where such a signature could not hold.
 */
export function signAdHoc(file: Buffer, identifier: string): Buffer {
  const image = readImage(file);
  if (image.hasInfoPlist) throw new Error("it has an Info.plist, which is not signed here");
  const limit = roundUp(image.signature.offset, ALIGNMENT);
  const requirements = blob(MAGIC.requirements, uint32(0));
  const cms = blob(MAGIC.blobWrapper, Buffer.alloc(0));
  const pages = Math.ceil(limit / 2 ** PAGE_BITS);
  const directorySize =
    DIRECTORY_SIZE + identifier.length + 1 + (SPECIAL_SLOTS + pages) * HASH_SIZE;
  const size = roundUp(superBlobSize([directorySize, requirements.length, cms.length]), ALIGNMENT);

  const signed = Buffer.alloc(limit + size);
  file.copy(signed, 0, 0, image.signature.offset);
  // The first page holds the load commands: they must be right before it is hashed.
  pointAtSignature(signed, image, limit, size);
  const directory = codeDirectory(signed, image, { identifier, limit, requirements });
  superBlob([
    [SLOT.codeDirectory, directory],
    [SLOT.requirements, requirements],
    [SLOT.cms, cms],
  ]).copy(signed, limit);
  return signed;
}

function pointAtSignature(file: Buffer, image: Image, offset: number, size: number): void {
  const { signature, linkedit } = image;
  file.writeUInt32LE(offset, signature.command + 8);
  file.writeUInt32LE(size, signature.command + 12);
  const fileSize = offset + size - linkedit.fileOffset;
  file.writeBigUInt64LE(BigInt(roundUp(fileSize, VM_PAGE_SIZE)), linkedit.command + 32);
  file.writeBigUInt64LE(BigInt(fileSize), linkedit.command + 48);
}

function codeDirectory(
  file: Buffer,
  { text }: Image,
  { identifier, limit, requirements }: { identifier: string; limit: number; requirements: Buffer },
): Buffer {
  const name = Buffer.from(`${identifier}\0`, "latin1");
  const hashes = [...pageHashes(file, limit, PAGE_BITS)];
  // They stand before the hashes of the pages and are counted backwards. No Info.plist: zeros.
  const special = [sha256(requirements), Buffer.alloc(HASH_SIZE)];
  const header = Buffer.alloc(DIRECTORY_SIZE);
  const fields = [
    MAGIC.codeDirectory,
    DIRECTORY_SIZE + name.length + (special.length + hashes.length) * HASH_SIZE,
    DIRECTORY_VERSION,
    FLAG.adhoc,
    DIRECTORY_SIZE + name.length + special.length * HASH_SIZE,
    DIRECTORY_SIZE,
    special.length,
    hashes.length,
    limit,
  ];
  for (const [index, field] of fields.entries()) header.writeUInt32BE(field, index * 4);
  header.set([HASH_SIZE, HASH_SHA256, 0, PAGE_BITS], 36);
  header.writeBigUInt64BE(BigInt(text.fileOffset), 64);
  header.writeBigUInt64BE(BigInt(text.fileSize), 72);
  header.writeBigUInt64BE(BigInt(MAIN_BINARY), 80);
  return Buffer.concat([header, name, ...special, ...hashes]);
}

/** Blobs behind one another, after an index of them. */
function superBlob(blobs: [slot: number, blob: Buffer][]): Buffer {
  let offset = superBlobSize([]) + blobs.length * 8;
  const index = blobs.map(([slot, { length }]) => {
    const entry = Buffer.concat([uint32(slot), uint32(offset)]);
    offset += length;
    return entry;
  });
  const contents = [uint32(blobs.length), ...index, ...blobs.map(([, bytes]) => bytes)];
  return blob(MAGIC.embeddedSignature, Buffer.concat(contents));
}

function superBlobSize(blobSizes: number[]): number {
  return blobSizes.reduce((sum, size) => sum + 8 + size, 12);
}

function blob(magic: number, contents: Buffer): Buffer {
  return Buffer.concat([uint32(magic), uint32(8 + contents.length), contents]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
