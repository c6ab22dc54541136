/** The names that Apple's <kern/cs_blobs.h> has for what a code signature is made of. Big-endian. */
export const MAGIC = {
  requirements: 0xfade0c01,
  codeDirectory: 0xfade0c02,
  embeddedSignature: 0xfade0cc0,
  blobWrapper: 0xfade0b01,
} as const;

/** Which blob of a signature is what. */
export const SLOT = {
  codeDirectory: 0,
  infoPlist: 1,
  requirements: 2,
  cms: 0x10000,
} as const;

/** Slots up to this one are hashed into the code directory as its special slots. */
export const LAST_SPECIAL_SLOT = 11;

export const FLAG = {
  /** Signed by nobody: only the hashes count. */
  adhoc: 0x2,
  /** Hardened runtime. Without entitlements it forbids the machine code that Bun makes as it runs. */
  runtime: 0x10000,
} as const;

export const HASH_SHA256 = 2;
export const HASH_SIZE = 32;
/** log2 of the bytes that one hash is of. */
export const PAGE_BITS = 12;
/** The version of code directory that knows the executable segment, and its size without its data. */
export const DIRECTORY_VERSION = 0x20400;
export const DIRECTORY_SIZE = 88;
export const MAIN_BINARY = 1;

export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(new Bun.CryptoHasher("sha256").update(bytes).digest());
}

/** The hash of each page of a file up to its signature; the last page may be a short one. */
export function* pageHashes(file: Buffer, limit: number, pageBits: number): Generator<Buffer> {
  const size = 2 ** pageBits;
  for (let start = 0; start < limit; start += size) {
    yield sha256(file.subarray(start, Math.min(start + size, limit)));
  }
}
