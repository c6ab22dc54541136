import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP, PROMPT, SHELL } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";

let platform: Platform;

beforeAll(() => {
  platform = startPlatform({
    agents: [{ name: "shell", harness_id: "claude-code", command: SHELL, env: { PS1: PROMPT } }],
  });
});

afterAll(() => platform.stop());

describe("the main job, in a real terminal", () => {
  test("login, agents, open, resize, UTF-8, detach, return to the same shell, logout", async () => {
    using home = new TemporaryHome();
    const env = { HOME: home.path, PS1: "outer$ " };
    using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env, columns: 100 });
    await outer.shows("outer$");

    outer.type(`${LAP} login\r`);
    await outer.shows("Agent platform URL:");
    outer.type(`${platform.url}/agents/\r`);
    await outer.shows("Master key:");
    outer.type("not-the-key\r");
    await outer.shows("✗ the platform refused the master key (401)");
    expect(existsSync(home.config)).toBe(false);
    outer.type(`${platform.key}\r`);
    await outer.shows("✓ saved to ~/.lap/config.json");
    expect(outer.text()).not.toContain(platform.key);
    expect(JSON.parse(readFileSync(home.config, "utf8"))).toEqual({
      base: platform.url,
      key: platform.key,
    });
    expect(statSync(home.config).mode & 0o777).toBe(0o600);

    outer.type(`clear; ${LAP} agents\r`);
    await outer.shows(/shell +claude-code +\[tui\] +0/);

    outer.type(`clear; stty -a > ${home.path}/before; ${LAP} shell\r`);
    await outer.shows(PROMPT);
    outer.type("printf 'héllo %s\\n' '🎉 世界'; tput cols; kept=here\r");
    await outer.shows("héllo 🎉 世界");
    await outer.shows(/^100$/m);
    outer.resize(70, 20);
    outer.type("tput cols\r");
    await outer.shows(/^70$/m);
    outer.type("\x04");
    await outer.shows(/detached — the session lives on\. Return to it with: lap\s+shell/);

    outer.resize(100, 24);
    outer.type(`clear; stty -a > ${home.path}/after; ${LAP} shell\r`);
    await outer.shows("returning to session");
    outer.type("echo still $kept\r");
    await outer.shows("still here");
    outer.type("exit\r");
    await outer.shows("[ws closed] the program in the sandbox ended.");
    const [before, after] = ["before", "after"].map((name) =>
      readFileSync(`${home.path}/${name}`, "utf8"),
    );
    expect(after).toBe(before as string);

    outer.type(`clear; ${LAP} logout\r`);
    await outer.shows("✓ removed ~/.lap/config.json");
    expect(existsSync(home.config)).toBe(false);
  });
});
