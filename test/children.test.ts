import { expect, test } from "bun:test";
import { join } from "node:path";
import { readSources } from "./support/architecture.ts";

const SRC = join(import.meta.dir, "..", "src");
const SPAWN = /\b(?:spawn|spawnSync|execSync|execFile|execFileSync)\(/g;
/** What follows the start of a call, as far as its options. */
const CALL_CHARS = 250;

test("every program is started with an environment that lap chose", () => {
  const calls = readSources(SRC).flatMap(([path, source]) =>
    [...source.matchAll(SPAWN)].map(({ index, 0: name }) => {
      const call = source.slice(index, index + CALL_CHARS);
      return { path, name, chosen: /\benv\b|\.\.\.SPAWN/.test(call) };
    }),
  );
  expect(calls.length).toBeGreaterThan(5);
  expect(calls.filter(({ chosen }) => !chosen)).toEqual([]);
});

test("the environment of a run holds nothing of Bun's", async () => {
  const script = `
    const { processContext } = await import(${JSON.stringify(join(SRC, "context.ts"))});
    const { env } = processContext();
    console.log(JSON.stringify([env.KEPT, env.BUN_X ?? null, process.env.BUN_X ?? null]));
    process.exit();
  `;
  const env = { PATH: process.env.PATH, KEPT: "1", BUN_X: "1" };
  const child = Bun.spawn([process.execPath, "-e", script], { env, stdout: "pipe" });
  expect(JSON.parse(await child.stdout.text())).toEqual(["1", null, null]);
});
