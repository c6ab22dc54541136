import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { TAKEN_OVER } from "../support/join.ts";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const TIMES = 3;

test("lap demo: detach, return to the same shell again and again, end; the home untouched", async () => {
  using home = new TemporaryHome();
  const env = { HOME: home.path, SHELL: "/bin/sh" };
  using pty = new Pty([LAP, "demo"], { env });
  for (let time = 1; time <= TIMES; time++) {
    const times = (text: string) => pty.text().split(text).length - 1;
    await waitFor(() => times(TAKEN_OVER) === time, "lap to take the terminal over");
    pty.type('kept=$((kept + 1)); echo "vis""it $kept"\r');
    await pty.shows(`visit ${time}`);
    pty.type("\x04");
    await waitFor(() => times("to navigate") === time, "the question");
    if (time < TIMES) pty.type("\r");
  }
  pty.type("\x1b[B\r");
  expect(await pty.exit()).toBe(0);
  expect(readdirSync(home.path)).toEqual([]);
});

test("lap demo without a terminal does the main job by itself and says so", async () => {
  using home = new TemporaryHome();
  const demo = Bun.spawn([LAP, "demo"], {
    env: { HOME: home.path, PATH: process.env.PATH },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await demo.exited).toBe(0);
  const said = await new Response(demo.stdout).text();
  expect(said.trim().split("\n")).toHaveLength(6);
  expect(said).toContain("✓ returned to the same shell");
  expect(readdirSync(home.path)).toEqual([]);
});
