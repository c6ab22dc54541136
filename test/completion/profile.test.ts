import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeStock } from "../../src/completion/stock.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { FILE_WANTED } from "../../src/shells/scripts.ts";
import { TemporaryHome } from "../support/home.ts";
import { runLap } from "../support/world.ts";

const PROFILES = { acme: "https://acme.dev", beta: "https://beta.dev" };

/** A home with two profiles, whose platforms' names were heard just now. */
function knowing(): TemporaryHome {
  const home = new TemporaryHome();
  const profiles = Object.entries(PROFILES).map(([name, base]) => [name, { base, key: "sk-1" }]);
  mkdirSync(dirname(home.config), { mode: 0o700 });
  const values = { profile: "beta", profiles: Object.fromEntries(profiles) };
  writeFileSync(home.config, JSON.stringify(values), { mode: 0o600 });
  for (const [name, base] of Object.entries(PROFILES)) {
    const agents = [{ id: `id-${name}`, name: `bot-of-${name}`, harness: "codex" }];
    writeStock(home.path, base, { askedAt: Date.now(), agents, sessions: [] });
  }
  return home;
}

/** The words offered, as fish gets them, without what is said of them. */
async function words(home: TemporaryHome, ...typed: string[]): Promise<string[]> {
  const argv = ["__complete", "fish", ...typed];
  const { code, stdout, stderr } = await runLap(argv, { home: home.path });
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.split("\n").filter(Boolean);
  return lines.map((line) => line.split("\t")[0] ?? "");
}

describe("a line with --profile", () => {
  test.each([
    ["before the command", ["--profile", ""]],
    ["behind it", ["agents", "--profile", ""]],
    ["behind an agent", ["bot", "--profile", "a"]],
  ])("completes the profiles: %s", async (_, typed) => {
    using home = knowing();
    expect(await words(home, ...typed)).toEqual(["acme", "beta"]);
  });

  test("also behind an equals sign", async () => {
    using home = knowing();
    expect(await words(home, "--profile=")).toEqual(["--profile=acme", "--profile=beta"]);
  });

  test("completes the agents of that profile's platform", async () => {
    using home = knowing();
    expect(await words(home, "--profile", "acme", "open", "")).toEqual(["bot-of-acme"]);
    expect(await words(home, "open", "")).toEqual(["bot-of-beta"]);
  });

  test("does not ask for it twice", async () => {
    using home = knowing();
    expect(await words(home, "agents", "--profile", "acme", "--")).not.toContain("--profile");
  });
});

test("lap config completes what it can do", async () => {
  using home = knowing();
  expect(await words(home, "config", "")).toEqual(["list", "use", "get", "set", "unset"]);
});

const NAMES = Object.keys(SETTINGS);

test.each<[string[], string[] | "file"]>([
  [["list", ""], []],
  [
    ["use", ""],
    ["acme", "beta"],
  ],
  [
    ["--profile", "acme", "use", ""],
    ["acme", "beta"],
  ],
  [["use", "acme", ""], []],
  [["get", ""], NAMES],
  [["set", ""], NAMES],
  [["set", "--profile", "acme", ""], NAMES],
  [["unset", ""], NAMES],
  [["set", "detachKeys", ""], []],
  [["set", "caCert", "fi"], "file"],
  [["set", "clientKey", ""], "file"],
  [["get", "caCert", ""], []],
  [["constructor", ""], []],
])("behind lap config %p: %p", async (typed, expected) => {
  using home = knowing();
  const argv = ["__complete", "fish", "config", ...typed];
  const { code, stdout } = await runLap(argv, { home: home.path });
  const lines = stdout.split("\n").filter(Boolean);
  if (expected === "file") expect([code, lines]).toEqual([FILE_WANTED, []]);
  else expect(lines.map((line) => line.split("\t")[0])).toEqual(expected);
});
