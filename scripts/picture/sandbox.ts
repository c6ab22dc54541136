import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentSpec } from "../../src/demo/agents.ts";

/** Everything that goes into a commit's hash is fixed, so that the picture is always the same. */
const COMMITTER = {
  GIT_AUTHOR_NAME: "refactor-bot",
  GIT_AUTHOR_EMAIL: "bot@example.com",
  GIT_COMMITTER_NAME: "refactor-bot",
  GIT_COMMITTER_EMAIL: "bot@example.com",
  GIT_AUTHOR_DATE: "2026-11-02T09:00:00Z",
  GIT_COMMITTER_DATE: "2026-11-02T09:00:00Z",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};

const COMMITS = [
  "checkout: first version",
  "cart: split the totals from the view",
  "cart: prices as integers, not floats",
  "tests: a table for the discounts",
];

const TESTS = `#!/bin/sh
printf '\\033[7;32m PASS \\033[0m test/cart.test.ts      \\033[2m18 tests\\033[0m\\n'
printf '\\033[7;32m PASS \\033[0m test/checkout.test.ts  \\033[2m24 tests\\033[0m\\n'
printf '\\033[1;32m42 passed\\033[0m, 0 failed 🎉\\n'
`;

const PROMPT = "\\[\\e[1;36m\\]refactor-bot\\[\\e[0m\\]:\\[\\e[1;34m\\]~/shop\\[\\e[0m\\]$ ";

/** The end of the sandbox's prompt, as it is seen. */
export const SANDBOX_PROMPT = "refactor-bot:~/shop$";

/** An agent whose sandbox is a small repository with a shell in it. */
export function refactorBot(folder: string): AgentSpec {
  const shop = join(folder, "shop");
  for (const name of ["src", "test"]) mkdirSync(join(shop, name), { recursive: true });
  const env = { PATH: process.env.PATH, HOME: folder, TERM: "xterm-256color", LANG: "C.UTF-8" };
  const git = (...args: string[]) => {
    const { exitCode, stderr } = Bun.spawnSync(["git", ...args], {
      cwd: shop,
      env: { ...env, ...COMMITTER },
    });
    if (exitCode !== 0) throw new Error(`git ${args[0]}: ${stderr.toString()}`);
  };
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(shop, "src", "cart.ts"), "");
  writeFileSync(join(shop, "README.md"), "# shop\n");
  writeFileSync(join(shop, "package.json"), "{}\n");
  writeFileSync(join(shop, "check"), TESTS);
  chmodSync(join(shop, "check"), 0o755);
  for (const message of COMMITS) git("commit", "--quiet", "--allow-empty", "-m", message);
  return {
    name: "refactor-bot",
    harness_id: "claude-code",
    command: ["bash", "--norc", "--noprofile", "-i"],
    cwd: shop,
    env: {
      ...env,
      ...COMMITTER,
      PS1: PROMPT,
      GIT_PAGER: "cat",
      LS_COLORS: "di=1;34:ex=1;32",
      HISTFILE: "",
    },
  };
}
