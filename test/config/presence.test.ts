import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { arrive, type Machine, presencePath } from "../../src/config/presence.ts";
import { TemporaryHome } from "../support/home.ts";

const BASE = "https://lap.acme.dev";
const PRESENCE = { base: BASE, session: "s-1", readOnly: false };

/** One process of a machine on which these are running. */
function machine(pid: number, running: number[] = [1, 2, 3], host = "here"): Machine {
  return { host, pid, isRunning: (other) => running.includes(other) };
}

const files = (home: TemporaryHome) => readdirSync(presencePath(home.path)).sort();

describe("laps that are joined to a session", () => {
  test("see those that came before, until they leave", () => {
    using home = new TemporaryHome();
    const first = arrive(home.path, machine(1), PRESENCE);
    const second = arrive(home.path, machine(2), { ...PRESENCE, readOnly: true });
    const third = arrive(home.path, machine(3), PRESENCE);
    expect(first.others).toEqual([]);
    expect(second.others).toEqual([{ ...PRESENCE, pid: 1 }]);
    expect(third.others).toEqual([
      { ...PRESENCE, pid: 1 },
      { ...PRESENCE, pid: 2, readOnly: true },
    ]);
    first.leave();
    third.leave();
    expect(arrive(home.path, machine(3), PRESENCE).others.map(({ pid }) => pid)).toEqual([2]);
  });

  test("do not see those of another session, platform or machine", () => {
    using home = new TemporaryHome();
    arrive(home.path, machine(1), { ...PRESENCE, session: "s-2" });
    arrive(home.path, machine(2), { ...PRESENCE, base: "https://other.dev" });
    arrive(home.path, machine(1, [], "there"), PRESENCE);
    expect(arrive(home.path, machine(3), PRESENCE).others).toEqual([]);
  });

  test("take away what processes that are gone have left, on their own machine", () => {
    using home = new TemporaryHome();
    arrive(home.path, machine(1), PRESENCE);
    arrive(home.path, machine(2, [], "there"), PRESENCE);
    expect(arrive(home.path, machine(3, [3]), PRESENCE).others).toEqual([]);
    expect(files(home)).toEqual(["here.3.json", "there.2.json"]);
  });

  test("are not told of themselves where a process of their number was killed", () => {
    using home = new TemporaryHome();
    arrive(home.path, machine(1), PRESENCE);
    const { others, leave } = arrive(home.path, machine(1), PRESENCE);
    expect(others).toEqual([]);
    leave();
    leave();
    expect(files(home)).toEqual([]);
  });

  test("are known to their person alone", () => {
    using home = new TemporaryHome();
    arrive(home.path, machine(1), PRESENCE);
    const folder = presencePath(home.path);
    const modes = [dirname(folder), folder, join(folder, "here.1.json")].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o600]);
  });

  test("may have a machine of any name", () => {
    using home = new TemporaryHome();
    const odd = "../a b/é.local";
    arrive(home.path, machine(1, [1, 2], odd), PRESENCE);
    expect(arrive(home.path, machine(2, [1, 2], odd), PRESENCE).others).toHaveLength(1);
    expect(existsSync(join(home.path, ".lap", "a b"))).toBe(false);
  });

  test.each([
    ["here.2.json", ""],
    ["here.2.json", "{"],
    ["here.2.json", "null"],
    ["here.2.json", "{}"],
    ["here.2.json", `{"base": 7, "session": null}`],
    ["here.2.json.beside", JSON.stringify(PRESENCE)],
    ["here..json", JSON.stringify(PRESENCE)],
    ["here.02.json", JSON.stringify(PRESENCE)],
    ["notes.txt", "mine"],
  ])("pass over a file %s that holds %p, and leave it", (name, content) => {
    using home = new TemporaryHome();
    arrive(home.path, machine(1), PRESENCE).leave();
    writeFileSync(join(presencePath(home.path), name), content);
    expect(arrive(home.path, machine(1), PRESENCE).others).toEqual([]);
    expect(files(home)).toContain(name);
  });

  test("join all the same where nothing can be written", () => {
    using home = new TemporaryHome();
    mkdirSync(dirname(presencePath(home.path)));
    writeFileSync(presencePath(home.path), "in the way");
    const { others, leave } = arrive(home.path, machine(1), PRESENCE);
    leave();
    expect(others).toEqual([]);
  });
});
