import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

const SOURCES = join(import.meta.dir, "..", "..", "src");
const VIM = ["vim", "-N", "-u", "NONE", "-c", "syntax on", "-c", "set number ruler hlsearch"];
/** A page on, some lines, half a page, and to the next place that is found. */
const KEYS = ["\x06", "10j", "\x04", "zz", "/the\r", "n"];
const ENOUGH_BYTES = 4 * 1024 * 1024;
const KEY_INTERVAL_MS = 4;

/** Somebody reads lap's sources in vim: what it writes to a terminal then. Undefined without vim. */
export async function recordSession(bench: Bench): Promise<Buffer | undefined> {
  if (!Bun.which("vim")) return undefined;
  const file = join(bench.folder, "sources.ts");
  const paths = [...new Bun.Glob("**/*.ts").scanSync(SOURCES)].toSorted();
  writeFileSync(file, paths.map((path) => readFileSync(join(SOURCES, path), "utf8")).join("\n"));
  const written: Buffer[] = [];
  let length = 0;
  const vim = bench.own(
    Bun.spawn([...VIM, file], {
      env: { ...process.env, TERM: "xterm-256color", HOME: bench.folder },
      terminal: {
        cols: 120,
        rows: 40,
        data(_terminal, bytes) {
          written.push(Buffer.from(bytes));
          length += bytes.length;
        },
      },
    }),
  );
  for (let key = 0; length < ENOUGH_BYTES; key++) {
    if (vim.exitCode !== null) throw new Error("vim ended");
    vim.terminal?.write(KEYS[key % KEYS.length] as string);
    await Bun.sleep(KEY_INTERVAL_MS);
  }
  vim.kill("SIGKILL");
  await vim.exited;
  return Buffer.concat(written);
}
