import { expect, test } from "bun:test";
import { Holdback } from "../../src/attach/holdback.ts";

const KIB = 1024;

/** Bytes that the terminal has not taken, whether lap covers it, and frames that came before. */
type Step = [pendingKib: number, covered?: boolean, frames?: number];

test.each<[name: string, steps: Step[], calls: string[]]>([
  ["a terminal that keeps up", [[0], [1], [0, false, 5_000]], []],
  ["at the mark", [[256]], []],
  ["behind", [[257], [300]], ["pause"]],
  ["behind, and not yet far enough ahead again", [[257], [128]], ["pause"]],
  ["behind, and up to date", [[257], [127]], ["pause", "resume"]],
  ["behind by tiny frames", [[1, false, 2_001]], ["pause", "resume"]],
  ["not behind by as many", [[1, false, 2_000]], []],
  ["up to date between tiny frames", [[1, false, 2_000], [0], [1, false, 2_000]], []],
  ["covered", [[0, true], [0, true], [0]], ["pause", "resume"]],
  ["covered and behind", [[300, true], [100, true], [300], [100]], ["pause", "resume"]],
])("%s", (_, steps, calls) => {
  const made: string[] = [];
  const holdback = new Holdback({
    pause: () => void made.push("pause"),
    resume: () => void made.push("resume"),
  });
  for (const [pendingKib, covered = false, frames = 0] of steps) {
    for (let frame = 0; frame < frames; frame++) holdback.frameCame(pendingKib * KIB);
    holdback.update(pendingKib * KIB, covered);
    if (frames > 2_000) holdback.update(pendingKib * KIB, covered);
  }
  expect(made).toEqual(calls);
  expect(holdback.holding).toBe(made.at(-1) === "pause");
});
