/**
 * The SHA-256 that a `SHA256SUMS` (as sha256sum writes it) gives for a file, in lower-case
 * hexadecimal; undefined where it names the file nowhere, or with several.
 */
export function checksumOf(sums: string, name: string): string | undefined {
  const found = new Set<string>();
  for (const line of sums.split(/\r?\n/)) {
    const [, sum, file] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (sum && file === name) found.add(sum.toLowerCase());
  }
  return found.size === 1 ? [...found][0] : undefined;
}
