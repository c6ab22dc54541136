import { expect, test } from "bun:test";
import { FaultProxy } from "../support/fault-proxy.ts";
import { TemporaryHome } from "../support/home.ts";
import { join } from "../support/join.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { fractions } from "../support/random.ts";

const LINES = 10_000;
const CUTS = 50;
const SEED = 20_261_122;
const LINES_AT_ONCE = 4;
/** Fewer than lap keeps while there is no connection. */
const MOST_BEHIND_BYTES = 32_000;
/** Enough for all lines several times over. */
const MOST_TURNS = 20_000;

test("10,000 numbered lines over 50 cuts: none missing, doubled or out of order", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using proxy = new FaultProxy(sandbox.port);
  const random = fractions(SEED);
  const cuts = Array.from({ length: CUTS }, () => random() * LINES).toSorted((a, b) => a - b);
  const lines = Array.from({ length: LINES }, (_, line) => `line ${line}`);
  const upTo = (line: number) => lines.slice(0, line).join("\r").length;

  let received = 0;
  sandbox.onJoin = () => sandbox.send(`painted ${sandbox.connections}\r\n`);
  sandbox.onFrame = ({ binary, bytes }) => {
    if (!binary) return;
    received += bytes.length;
    sandbox.send(bytes.toString().replaceAll("\r", "\r\n"));
  };
  using pty = await join(home, sandbox, [], { env: { LAP_URL: proxy.url }, emulate: false });

  let typed = 0;
  for (let turn = 0; turn < MOST_TURNS && (typed < LINES || cuts.length > 0); turn++) {
    const [cut = LINES] = cuts;
    // Keys are on their way everywhere then: in the terminal, in lap and in the network.
    if (cut <= typed && sandbox.connections === 1 + CUTS - cuts.length) {
      cuts.shift();
      proxy.set({ kind: "cut", by: "fin" });
    }
    if (upTo(typed) - received < MOST_BEHIND_BYTES) {
      const next = lines.slice(typed, typed + LINES_AT_ONCE);
      pty.type(next.map((line) => `${line}\r`).join(""));
      typed += next.length;
    }
    await Bun.sleep(1);
  }
  await waitFor(
    () => received >= upTo(LINES) + 1 && sandbox.connections === 1 + CUTS,
    () =>
      `everything; ${upTo(LINES) + 1 - received} bytes are missing after ${sandbox.connections - 1} cuts`,
  );

  const seen = sandbox.input.toString().split("\r");
  expect(seen.findIndex((line, index) => line !== lines[index])).toBe(LINES);
  expect(seen.slice(LINES)).toEqual([""]);
  pty.type("\x04");
  expect(await pty.exit()).toBe(0);
});
