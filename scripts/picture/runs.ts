import type { IBufferCell, IBufferLine } from "@xterm/headless";
import { BACKGROUND, FOREGROUND, indexed, rgb } from "./palette.ts";

/** How a cell looks. */
export interface Look {
  foreground: string;
  /** Undefined where the window's own shows. */
  background: string | undefined;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

/** Neighbouring cells of one look. */
export interface Run {
  /** The first column, and how many columns it covers. */
  column: number;
  width: number;
  text: string;
  look: Look;
}

/**
 * A line as runs. What a font may draw in another width than its columns (wide characters, emoji,
 * symbols) stands in a run of its own, so that it can move nothing behind it.
 */
export function runsOf(line: IBufferLine, columns: number): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    // The second half of a wide character.
    if (!cell || cell.getWidth() === 0) continue;
    const text = cell.isInvisible() ? " " : cell.getChars() || " ";
    const look = lookOf(cell);
    const last = runs.at(-1);
    if (last && isPlain(text) && isPlain(last.text) && sameLook(last.look, look)) {
      last.text += text;
      last.width += cell.getWidth();
    } else {
      runs.push({ column, width: cell.getWidth(), text, look });
    }
  }
  return runs;
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function lookOf(cell: IBufferCell): Look {
  const bold = cell.isBold() !== 0;
  let foreground = foregroundOf(cell, bold);
  let background = backgroundOf(cell);
  if (cell.isInverse()) [foreground, background] = [background ?? BACKGROUND, foreground];
  return {
    foreground,
    background,
    bold,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
  };
}

function foregroundOf(cell: IBufferCell, bold: boolean): string {
  const color = cell.getFgColor();
  if (cell.isFgRGB()) return rgb(color);
  if (!cell.isFgPalette()) return FOREGROUND;
  // Terminals show the bold ones of the first eight colours bright.
  return indexed(bold && color < 8 ? color + 8 : color);
}

function backgroundOf(cell: IBufferCell): string | undefined {
  if (cell.isBgRGB()) return rgb(cell.getBgColor());
  return cell.isBgPalette() ? indexed(cell.getBgColor()) : undefined;
}

function sameLook(a: Look, b: Look): boolean {
  return (
    a.foreground === b.foreground &&
    a.background === b.background &&
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline
  );
}
