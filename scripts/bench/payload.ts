/** What a busy terminal prints: coloured lines with some text beyond ASCII. */
const LINE =
  "\x1b[32m-rw-r--r--\x1b[0m 1 root root  4096 Nov 22 18:03 \x1b[1;34msrc/attach/session.ts\x1b[0m" +
  " — 世界 the quick brown fox jumps over the lazy dog\r\n";
const LINE_BYTES = Buffer.byteLength(LINE);

/** Stands before the payload, so that what comes earlier is not counted. */
export const MARKER = "<<<the payload begins>>>";

/** What a program says that a Ctrl-C has stopped. */
export const STOPPED = "<<<stopped>>>";

export const TOTAL_BYTES = 128 * 1024 * 1024;

/** A frame of whole lines and about `bytes` bytes; its true size is told too. */
export function frameOf(bytes: number): { text: string; bytes: number } {
  const lines = Math.max(1, Math.round(bytes / LINE_BYTES));
  return { text: LINE.repeat(lines), bytes: lines * LINE_BYTES };
}
