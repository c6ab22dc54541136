import type { Row } from "../../src/commands/help.ts";

/** man(7)'s notation. Every function takes plain text and gives whole lines, or a part of one. */

/** What roff would take for something else than the character: quotes, dashes and accents by name. */
const NAMED: Record<string, string> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

/** Text as it is, also where it begins a line. */
function literal(text: string): string {
  const escaped = text
    .replace(/[\\\-'`^~"]/g, (char) => NAMED[char] ?? char)
    .replace(/[^\x20-\x7e]/gu, (char) => `\\[u${hex(char)}]`);
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

export function bold(text: string): string {
  return `\\fB${literal(text)}\\fR`;
}

/** Prose; what stands in backquotes is bold. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (part.startsWith("`") ? bold(part.slice(1, -1)) : literal(part)))
    .join("");
}

export function heading(name: string, version: string): string {
  return `.TH ${name} 1 "" "lap ${literal(version)}" "User Commands"`;
}

export function section(title: string): string {
  return `.SH ${title}`;
}

export function subsection(title: string): string {
  return `.SS "${literal(title)}"`;
}

/** What stands on the left, and what is said of it below. */
export function rows(all: readonly Row[]): string[] {
  return all.map(([left, right]) => `.TP\n${bold(left)}\n${prose(right)}`);
}

/** Command lines, each with what is said of it. */
export function example(all: readonly Row[]): string[] {
  if (all.length === 0) return [];
  const width = Math.max(...all.map(([line]) => line.length));
  const lines = all.map(([line, says]) => literal(`${line.padEnd(width)}  ${says}`.trimEnd()));
  return [".PP", ".EX", ...lines, ".EE"];
}
