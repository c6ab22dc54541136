import { type Below, pick } from "../random.ts";

/** Stands where a server would send its own secret back, and is to be seen nowhere. */
export const ECHOED = "<<echoed>>";

const TEXTS = [
  "",
  " ",
  "null",
  "0",
  "-1",
  "../../etc/passwd",
  "%2e%2e%2f%00",
  "a".repeat(5_000),
  "x=".repeat(20_000),
  "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\u2066\u200f\r\n✓ owned\u0000\u007f\u2028",
  "\ud800",
  "e\u0301".repeat(50),
  "👩‍👩‍👧‍👦".repeat(20),
  "2026-13-45T99:99:99Z",
  "0001-01-01T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  "ws://127.0.0.1:1/tty",
  "http://[::1",
  "javascript:alert(1)",
  "//other.test/tty",
  "constructor",
  "__proto__",
  `bad header: Bearer ${ECHOED}`,
];
const NUMBERS = [0, -1, 0.5, 1e308, -1e308, 2 ** 53, 1e-300, 900_000];
const KEYS = ["", "id", "error", "data", "__proto__", "constructor", "toString", "length", "then"];

/** JSON of any kind where another is expected. */
export function oddValue(below: Below, depth = 0): unknown {
  const kind = below(depth > 3 ? 5 : 8);
  if (kind === 0) return null;
  if (kind === 1) return below(2) === 0;
  if (kind === 2) return pick(below, NUMBERS);
  if (kind <= 4) return pick(below, TEXTS);
  const count = pick(below, [0, 1, 3, 40]);
  const values = Array.from({ length: count }, () => oddValue(below, depth + 1 + below(3)));
  if (kind === 5) return values;
  if (kind === 6) return Object.fromEntries(values.map((value) => [pick(below, KEYS), value]));
  return nested(below, pick(below, [2, 30, 3_000]));
}

function nested(below: Below, depth: number): unknown {
  let value = oddValue(below, 9);
  for (let level = 0; level < depth; level++) value = below(2) === 0 ? [value] : { error: value };
  return value;
}

/** A copy in which so many places hold something else, or are gone. */
export function mutated(below: Below, value: unknown, places: number): unknown {
  const copy = structuredClone(value);
  let whole: unknown = copy;
  for (let place = 0; place < places; place++) {
    const spots = spotsIn(whole);
    // One in many is the answer itself.
    if (spots.length === 0 || below(12) === 0) {
      whole = oddValue(below);
      continue;
    }
    const { holder, key } = pick(below, spots);
    if (below(4) === 0) Reflect.deleteProperty(holder, key);
    else Reflect.set(holder, key, oddValue(below));
  }
  return whole;
}

interface Spot {
  holder: object;
  key: string;
}

/** Every place that something stands in, as deep as answers go. */
function spotsIn(value: unknown, depth = 0): Spot[] {
  if (typeof value !== "object" || value === null || depth > 4) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { holder: value, key },
    ...spotsIn(inner, depth + 1),
  ]);
}
