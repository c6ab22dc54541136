import { expect, test } from "bun:test";
import { jobInPs, jobInStat } from "../../src/term/job.ts";

test.each([
  ["in the foreground", "24709 (lap) R 24708 24709 24708 34823 24709 4194304 1", true, 34823],
  ["in the background", "24709 (lap) S 24708 24709 24708 34823 24708 4194304 1", false, 34823],
  ["of any name", "24709 (a) b (c)) R 24708 24709 24708 34823 24709 4194304", true, 34823],
  ["without a terminal", "24709 (lap) S 24708 24709 24709 0 -1 4194304 1", false, 0],
])("a job %s, by /proc", (_, stat, foreground, terminal) => {
  expect(jobInStat(stat)).toEqual({ foreground, terminal });
});

test.each([
  ["in the foreground", "S+   ttys003 \n", true],
  ["in the background", "S    ttys003\n", false],
])("a job %s, by ps", (_, line, foreground) => {
  const terminal = { ttys003: 7 };
  const device = (name: string) => terminal[name as keyof typeof terminal];
  expect(jobInPs(line, device)).toEqual({ foreground, terminal: 7 });
});
