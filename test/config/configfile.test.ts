import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { changeConfig, readConfig, tilde } from "../../src/config/configfile.ts";
import { listProfiles } from "../../src/config/profiles.ts";
import { TemporaryHome } from "../support/home.ts";
import { runLap } from "../support/world.ts";

const BASE = "https://lap.acme.dev";
const KEY = "sk-1234567890abcdef";

function save(home: TemporaryHome): void {
  changeConfig(home.path, (values) => ({ ...values, base: BASE, key: KEY }), { mend: true });
}

function homeWith(content: string, mode = 0o600): TemporaryHome {
  const home = new TemporaryHome();
  mkdirSync(dirname(home.config), { mode: 0o700 });
  writeFileSync(home.config, content);
  chmodSync(home.config, mode);
  return home;
}

describe("the config file", () => {
  test("of the Node client works unchanged", () => {
    using home = homeWith(`{\n  "base": "${BASE}",\n  "key": "${KEY}"\n}\n`);
    expect(readConfig(home.path)).toMatchObject({ top: { base: BASE, key: KEY }, repaired: false });
  });

  test("may hold true and false as JSON writes them", () => {
    using home = homeWith(
      `{"tokenInQuery": true, "profiles": {"acme": {"tokenInQuery": false, "key": 1}}}`,
    );
    const file = readConfig(home.path);
    expect(file?.top).toEqual({ tokenInQuery: "true" });
    expect(file?.profiles.get("acme")).toEqual({ tokenInQuery: "false" });
  });

  test("may begin with a mark of its byte order", () => {
    using home = homeWith(`\ufeff{"base": "${BASE}"}`);
    expect(readConfig(home.path)).toMatchObject({ top: { base: BASE } });
  });

  test("keeps the fields that lap does not know", () => {
    using home = homeWith(`{"base": "x", "key": "y", "theme": {"dark": true}}`);
    save(home);
    expect(JSON.parse(readFileSync(home.config, "utf8"))).toEqual({
      base: BASE,
      key: KEY,
      theme: { dark: true },
    });
  });

  test("that others can read is made private, once, and its folder with it", () => {
    using home = homeWith(`{"base": "${BASE}", "key": "${KEY}"}`, 0o644);
    chmodSync(dirname(home.config), 0o755);
    expect(readConfig(home.path)?.repaired).toBe(true);
    expect(statSync(home.config).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(home.config)).mode & 0o777).toBe(0o700);
    expect(readConfig(home.path)?.repaired).toBe(false);
  });

  // A process may change what /proc says it is called, and nobody the mode of that.
  test.skipIf(process.platform !== "linux")(
    "that cannot be made private is read all the same",
    async () => {
      using home = new TemporaryHome();
      const script = `printf '{"base":"b.c"}' > /proc/$$/comm; echo; read end`;
      const child = Bun.spawn(["/bin/sh", "-c", script], { stdin: "pipe", stdout: "pipe" });
      await child.stdout.getReader().read();
      mkdirSync(dirname(home.config), { mode: 0o700 });
      symlinkSync(`/proc/${child.pid}/comm`, home.config);
      expect(readConfig(home.path)).toMatchObject({
        top: { base: "b.c" },
        repaired: false,
        exposed: "EPERM",
      });
      const { stderr } = await runLap(["config", "get"], { home: home.path });
      expect(stderr.match(/cannot be made private \(EPERM\)/g)).toHaveLength(1);
      child.kill();
      await child.exited;
    },
  );

  test("is not there before the first login", () => {
    using home = new TemporaryHome();
    expect(readConfig(home.path)).toBeUndefined();
  });

  test.each([
    ["cut short", `{"base": "https://`],
    ["empty", ""],
    ["a list", "[]"],
    ["a word", `"base"`],
    ["null", "null"],
  ])("that is %s is named and left byte for byte as it was", (_, content) => {
    using home = homeWith(content, 0o644);
    expect(() => readConfig(home.path)).toThrow("~/.lap/config.json is broken");
    expect(readFileSync(home.config, "utf8")).toBe(content);
    expect(statSync(home.config).mode & 0o777).toBe(0o644);
  });

  test("that is broken is replaced by the next login", () => {
    using home = homeWith(`{"base": "https://`);
    save(home);
    expect(readConfig(home.path)).toMatchObject({ top: { base: BASE, key: KEY } });
  });

  test("that is broken is kept byte for byte, however many were written at that time", () => {
    const time = new Date("2026-01-02T03:04:05Z");
    const contents = ["{1", "{\xe9", "{2", "{1"].map((text) => Buffer.from(text, "latin1"));
    using home = new TemporaryHome();
    mkdirSync(dirname(home.config), { mode: 0o700 });
    const kept = contents.map((content) => {
      writeFileSync(home.config, content);
      utimesSync(home.config, time, time);
      return changeConfig(home.path, () => ({}), { mend: true }) ?? "";
    });
    const name = `${home.config}.broken-20260102T030405Z`;
    expect(kept).toEqual([name, `${name}-2`, `${name}-3`, name]);
    expect(kept.map((path) => readFileSync(path))).toEqual(contents);
  });

  test("that is a folder is said to be in the way", () => {
    using home = new TemporaryHome();
    mkdirSync(home.config, { recursive: true });
    expect(() => readConfig(home.path)).toThrow("~/.lap/config.json cannot be read: EISDIR");
    expect(() => save(home)).toThrow("cannot write ~/.lap/config.json");
  });

  test.each([
    ["numbers", { base: 1, key: 2 }],
    ["nothing", {}],
    ["empty texts", { base: "", key: "" }],
  ])("that holds %s is no login", (_, values) => {
    using home = homeWith(JSON.stringify(values));
    expect(listProfiles(readConfig(home.path))).toEqual([]);
  });
});

test.each([
  ["/home/ann/.lap/config.json", "/home/ann", "~/.lap/config.json"],
  ["/home/anna/.lap", "/home/ann", "/home/anna/.lap"],
  ["/etc/lap", "/home/ann", "/etc/lap"],
])("%s in %s is shown as %s", (path, home, shown) => {
  expect(tilde(path, home)).toBe(shown);
});
