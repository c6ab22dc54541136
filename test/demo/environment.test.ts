import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoAgents, programEnvironment } from "../../src/demo/environment.ts";

let bin: string;
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), "lap-bin-"));
  for (const name of ["claude", "zsh", "fish", "bash", "nu"]) {
    writeFileSync(join(bin, name), "#!/bin/sh\n");
    chmodSync(join(bin, name), 0o755);
  }
});
afterAll(() => rmSync(bin, { recursive: true }));

test.each([
  ["bash", ["--noprofile", "--norc"]],
  ["zsh", ["-f"]],
  ["fish", ["--no-config", "--private"]],
  ["nu", []],
])("the shell agent runs %s with %p", (name, flags) => {
  const [agent] = demoAgents({ SHELL: join(bin, name), PATH: "" });
  expect(agent).toMatchObject({ name: "shell", command: [join(bin, name), ...flags] });
});

test("a shell that is not there is replaced by sh", () => {
  const [agent] = demoAgents({ SHELL: "/no/such/shell", PATH: "" });
  expect(agent?.command).toEqual(["/bin/sh"]);
});

test("claude is an agent where it is installed", () => {
  const names = (PATH: string) => demoAgents({ SHELL: "/bin/sh", PATH }).map(({ name }) => name);
  expect(names(bin)).toEqual(["shell", "claude"]);
  expect(names("/nonexistent")).toEqual(["shell"]);
});

test("a program's environment holds nothing of lap's and keeps the rest", () => {
  const env = {
    PATH: "/bin",
    LAP_KEY: "k",
    LAP_TTY_TOKEN: "t",
    BUN_X: "1",
    npm_x: "1",
    LINES: "9",
  };
  expect(programEnvironment({ ...env, TERM: "dumb", HISTFILE: "/home/me/.history" })).toEqual({
    PATH: "/bin",
    TERM: "xterm-256color",
    HISTFILE: "",
    LESSHISTFILE: "-",
  });
});
