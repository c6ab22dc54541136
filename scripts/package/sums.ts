const LINE = /^([0-9a-f]{64}) {2}(\S+)$/;

/** A SHA256SUMS file, as `sha256sum` writes it, sorted by name. */
export function renderSums(files: Readonly<Record<string, Uint8Array>>): string {
  return Object.entries(files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, bytes]) => `${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${name}\n`,
    )
    .join("");
}

/**
 * The checksums in a SHA256SUMS file by the names of their files.
 *
 * @throws Error for a line that is none.
 */
export function parseSums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split("\n").filter(Boolean)) {
    const [, sum, name] = LINE.exec(line) ?? [];
    if (!sum || !name) throw new Error(`not a line of SHA256SUMS: ${line}`);
    sums.set(name, sum);
  }
  return sums;
}
