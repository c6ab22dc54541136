/** The 16 colours that programs name, on this background. */
const NAMED = [
  ["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
  ["#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff"],
].flat();

/** The levels of the 6×6×6 cube, as xterm has them. */
const CUBE = [0, 95, 135, 175, 215, 255];

export const FOREGROUND = "#e6edf3";
export const BACKGROUND = "#0d1117";

/** One of the 256 indexed colours. */
export function indexed(index: number): string {
  if (index < 16) return NAMED[index] ?? FOREGROUND;
  if (index >= 232) return rgb(0x010101 * (8 + (index - 232) * 10));
  const cube = index - 16;
  const [red = 0, green = 0, blue = 0] = [cube / 36, cube / 6, cube].map(
    (value) => CUBE[Math.floor(value) % 6],
  );
  return rgb((red << 16) | (green << 8) | blue);
}

/** A colour given by 24 bits. */
export function rgb(value: number): string {
  return `#${value.toString(16).padStart(6, "0")}`;
}
