const ESC = 0x1b;

/**
 * The end of what was written of which a terminal still waits to see the rest: part of a UTF-8
 * character, or a sequence from its ESC on. Only to be asked between sequences' ends.
 */
export function unfinishedTail(written: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= written.length; back++) {
    const byte = written.at(-back) as number;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (back < length) return written.slice(-back);
    break;
  }
  const escape = written.lastIndexOf(ESC);
  return escape < 0 ? new Uint8Array(0) : written.slice(escape);
}
