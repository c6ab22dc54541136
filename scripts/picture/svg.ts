import type { Terminal } from "@xterm/headless";
import { BACKGROUND, FOREGROUND } from "./palette.ts";
import { type Run, runsOf } from "./runs.ts";

/** A cell, in the picture's units, for text of this size. */
const FONT_SIZE = 14;
const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 20;
/** From a line's top to the feet of its letters. */
const BASELINE = 14.5;
const MARGIN = 18;
const BAR_HEIGHT = 38;
const FONTS =
  "ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace";
const BUTTONS = ["#ff5f57", "#febc2e", "#28c840"];

export interface PictureOptions {
  /** Stands in the window's bar. */
  title: string;
}

/**
 * The screen of a terminal as an SVG image of its window. The text can be selected, each run stands
 * in its columns whatever the font, and the same screen always gives the same bytes.
 */
export function renderSvg(terminal: Terminal, { title }: PictureOptions): string {
  const { cols, rows, buffer } = terminal;
  const { active } = buffer;
  const width = fixed(cols * CELL_WIDTH + 2 * MARGIN);
  const height = fixed(BAR_HEIGHT + rows * CELL_HEIGHT + MARGIN);
  const lines = Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return line ? renderLine(runsOf(line, cols), row) : "";
  });
  const [x, y] = [left(active.cursorX), top(active.cursorY)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>text{font:${FONT_SIZE}px ${FONTS};fill:${FOREGROUND};white-space:pre}.b{font-weight:700}.d{fill-opacity:.6}.i{font-style:italic}.u{text-decoration:underline}</style>`,
    `<rect x=".5" y=".5" width="${fixed(Number(width) - 1)}" height="${fixed(Number(height) - 1)}" rx="10" fill="${BACKGROUND}" stroke="#30363d"/>`,
    ...BUTTONS.map((fill, at) => `<circle cx="${22 + at * 20}" cy="20" r="6" fill="${fill}"/>`),
    `<text x="${fixed(Number(width) / 2)}" y="25" text-anchor="middle" style="fill:#8b949e;font-size:13px">${escape(title)}</text>`,
    ...lines.filter((line) => line !== ""),
    `<rect x="${x}" y="${fixed(Number(y) + 1)}" width="${CELL_WIDTH}" height="${CELL_HEIGHT - 2}" fill="${FOREGROUND}" opacity=".7"/>`,
    "</svg>",
    "",
  ].join("\n");
}

function renderLine(runs: readonly Run[], row: number): string {
  const y = top(row);
  const backgrounds = runs
    .filter(({ look }) => look.background !== undefined)
    .map(
      ({ column, width, look }) =>
        `<rect x="${left(column)}" y="${y}" width="${fixed(width * CELL_WIDTH)}" height="${CELL_HEIGHT}" fill="${look.background}"/>`,
    );
  const spans = runs.map(renderRun).join("");
  const text =
    spans && `<text xml:space="preserve" y="${fixed(Number(y) + BASELINE)}">${spans}</text>`;
  return [...backgrounds, text].filter(Boolean).join("\n");
}

/** Blanks around the text are left out, for the next run says where it stands. */
function renderRun({ column, width, text, look }: Run): string {
  const shown = look.underline ? text : text.trim();
  if (shown === "") return "";
  const start = column + text.indexOf(shown);
  const columns = width - (text.length - shown.length);
  const classes = [
    look.bold && "b",
    look.dim && "d",
    look.italic && "i",
    look.underline && "u",
  ].filter(Boolean);
  const attributes = [
    `x="${left(start)}"`,
    // Stretches a font of another width to the columns.
    `textLength="${fixed(columns * CELL_WIDTH)}"`,
    ...(look.foreground === FOREGROUND ? [] : [`style="fill:${look.foreground}"`]),
    ...(classes.length === 0 ? [] : [`class="${classes.join(" ")}"`]),
  ];
  return `<tspan ${attributes.join(" ")}>${escape(shown)}</tspan>`;
}

function left(column: number): string {
  return fixed(MARGIN + column * CELL_WIDTH);
}

function top(row: number): string {
  return fixed(BAR_HEIGHT + row * CELL_HEIGHT);
}

/** Without the noise of binary fractions. */
function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Control characters, which XML cannot hold even escaped, cannot stand in a cell. */
function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
