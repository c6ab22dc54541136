import { describe, expect, test } from "bun:test";
import { takeGlobals } from "../../src/commands/everywhere.ts";
import { inProfile } from "../../src/commands/nextstep.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { TemporaryHome } from "../support/home.ts";
import { runLap } from "../support/world.ts";

describe("--profile is taken out of a command line", () => {
  test.each([
    ["before an agent", "--profile acme bot", "acme", "bot"],
    ["behind an agent", "bot --profile acme", "acme", "bot"],
    ["with an equals sign", "bot --profile=acme", "acme", "bot"],
    ["before a command", "--profile acme agents --json", "acme", "agents --json"],
    ["amid a command", "agents --profile acme --json", "acme", "agents --json"],
    ["twice: the last counts", "--profile acme bot --profile beta", "beta", "bot"],
    ["alone", "--profile acme", "acme", ""],
    ["nowhere", "agents --json", undefined, "agents --json"],
    ["behind --, where it is an agent's name", "open -- --profile", undefined, "open -- --profile"],
    ["like another flag", "bot --profiles acme", undefined, "bot --profiles acme"],
    ["like a property of every object", "bot --constructor x", undefined, "bot --constructor x"],
  ])("%s", (_, line, profile, rest) => {
    const taken = takeGlobals(line.split(" "));
    expect(taken.globals.profile).toBe(profile as never);
    expect(taken.rest.join(" ")).toBe(rest);
  });

  test.each([
    ["at the end", ["agents", "--profile"]],
    ["before another flag", ["--profile", "--json", "agents"]],
    ["empty", ["--profile", "", "agents"]],
    ["empty behind its equals sign", ["--profile=", "agents"]],
    ["before --", ["open", "--profile", "--", "bot"]],
  ])("and refused without a value: %s", async (_, argv) => {
    using home = new TemporaryHome();
    const { code, stderr } = await runLap(argv, { home: home.path });
    expect([code, stderr.split("\n")[0]]).toEqual([2, "✗ --profile needs a value"]);
  });
});

test.each([
  ["lap", ["--help"]],
  ["a command", ["agents", "--help"]],
])("the help of %s names it", async (_, argv) => {
  using home = new TemporaryHome();
  expect((await runLap(argv, { home: home.path })).stdout).toContain("--profile <name>");
});

test("a flag that is nearly it is told so", async () => {
  using home = new TemporaryHome();
  const { stderr } = await runLap(["agents", "--profil", "x"], { home: home.path });
  expect(stderr).toContain("Did you mean --profile?");
});

describe("the next step of an error names the profile that was asked for", () => {
  test.each([
    ["`lap agents` lists all.", "`lap --profile acme agents` lists all."],
    [
      "`lap attach 1` or `lap stop 1`",
      "`lap --profile acme attach 1` or `lap --profile acme stop 1`",
    ],
    ["Open one:\n  lap 1\n  lap 2", "Open one:\n  lap --profile acme 1\n  lap --profile acme 2"],
    ["`lap login --profile beta`", "`lap login --profile beta`"],
    ["lap opens agents", "lap opens agents"],
    ["`overlap x`", "`overlap x`"],
  ])("%p becomes %p", (hint, expected) => {
    const error = inProfile(new LapError("no", { hint, exitCode: 4 }), "acme") as LapError;
    expect([error.message, error.hint, error.exitCode]).toEqual(["no", expected, 4]);
  });

  test("and stays what it was otherwise", () => {
    const interrupted = new Interrupted("SIGTERM", "stopped", "`lap attach 1`");
    const error = inProfile(interrupted, "acme") as Interrupted;
    expect([error.signal, error.exitCode]).toEqual(["SIGTERM", 143]);
    for (const same of [new TypeError("x"), new LapError("x"), "x"]) {
      expect(inProfile(same, "acme")).toBe(same as never);
    }
    expect(inProfile(interrupted, undefined)).toBe(interrupted);
  });
});
