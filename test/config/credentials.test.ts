import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  type ConfigFile,
  maskKey,
  readConfig,
  resolveCredentials,
  saveConfig,
  tilde,
} from "../../src/config/credentials.ts";
import { EXIT, LapError } from "../../src/errors.ts";
import { TemporaryHome } from "../support/home.ts";

const BASE = "https://lap.acme.dev";
const KEY = "sk-1234567890abcdef";

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
    expect(readConfig(home.path)).toMatchObject({ base: BASE, key: KEY, repaired: false });
  });

  test("keeps the fields that lap does not know", () => {
    using home = homeWith(`{"base": "x", "key": "y", "theme": {"dark": true}}`);
    saveConfig(home.path, { base: BASE, key: KEY });
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
    saveConfig(home.path, { base: BASE, key: KEY });
    expect(readConfig(home.path)).toMatchObject({ base: BASE, key: KEY });
  });

  test("that is a folder is said to be in the way", () => {
    using home = new TemporaryHome();
    mkdirSync(home.config, { recursive: true });
    expect(() => readConfig(home.path)).toThrow("~/.lap/config.json cannot be read: EISDIR");
    expect(() => saveConfig(home.path, { base: BASE, key: KEY })).toThrow(
      "cannot write ~/.lap/config.json",
    );
  });

  test.each([
    ["numbers", { base: 1, key: 2 }],
    ["nothing", {}],
    ["empty texts", { base: "", key: "" }],
  ])("that holds %s is no login", (_, values) => {
    using home = homeWith(JSON.stringify(values));
    expect(resolveCredentials({}, () => readConfig(home.path))).toBeUndefined();
  });
});

describe("what is in force", () => {
  const file: ConfigFile = { path: "~", base: `${BASE}/`, key: KEY, repaired: false };
  const env = { LAP_URL: "https://other.dev", LAP_KEY: "sk-other" };
  const fromFile = { base: BASE, key: KEY };

  test.each([
    ["the file alone", {}, file, { ...fromFile, sources: { base: "file", key: "file" } }],
    [
      "LAP_KEY over the file's",
      { LAP_KEY: "sk-other" },
      file,
      { base: BASE, key: "sk-other", sources: { base: "file", key: "LAP_KEY" } },
    ],
    [
      "LAP_URL of the same origin with the file's key",
      { LAP_URL: `${BASE}/prefix/` },
      file,
      { base: `${BASE}/prefix`, key: KEY, sources: { base: "LAP_URL", key: "file" } },
    ],
    [
      "both from the environment",
      env,
      undefined,
      { base: "https://other.dev", key: "sk-other", sources: { base: "LAP_URL", key: "LAP_KEY" } },
    ],
    [
      "a key without the line break that came with it",
      { ...env, LAP_KEY: "sk-other\n" },
      undefined,
      { base: "https://other.dev", key: "sk-other", sources: { base: "LAP_URL", key: "LAP_KEY" } },
    ],
    ["nothing", {}, undefined, undefined],
    ["empty variables count for nothing", { LAP_URL: "", LAP_KEY: "" }, undefined, undefined],
  ])("%s", (_, given, found, expected) => {
    expect(resolveCredentials(given, () => found)).toEqual(expected as never);
  });

  test("LAP_URL with LAP_KEY needs no file, not even a readable one", () => {
    const unreadable = () => {
      throw new Error("the file was read");
    };
    expect(resolveCredentials(env, unreadable)?.key).toBe("sk-other");
  });

  test.each([
    ["another host", "https://evil.dev"],
    ["another scheme", "http://lap.acme.dev"],
    ["another port", "https://lap.acme.dev:8443"],
    ["a host below", "https://x.lap.acme.dev"],
  ])("LAP_URL of %s never gets the file's key", (_, LAP_URL) => {
    const refusal = refusalOf({ LAP_URL }, file);
    expect(refusal.message).toStartWith("LAP_URL is set, but there is no key for");
    expect(refusal.exitCode).toBe(EXIT.refused);
  });

  test.each([
    ["LAP_URL alone", { LAP_URL: BASE }, undefined, "LAP_URL is set, but there is no key for"],
    ["LAP_KEY alone", { LAP_KEY: KEY }, undefined, "LAP_KEY is set, but no platform is known"],
    ["LAP_URL that is none", { ...env, LAP_URL: "a b" }, file, "LAP_URL: 'a b' is not a URL"],
    ["a saved URL that is none", {}, { ...file, base: "a b" }, "config.json: 'a b' is not a URL"],
    [
      "a LAP_KEY that no header can carry",
      { ...env, LAP_KEY: "sk-1\nsk-2" },
      file,
      "LAP_KEY holds spaces, line breaks or characters outside ASCII",
    ],
    [
      "a saved key that no header can carry",
      {},
      { ...file, key: "sk-ä" },
      "the key in config.json holds spaces, line breaks or characters outside ASCII",
    ],
  ])("%s is refused in words, without the key", (_, given, found, message) => {
    const refusal = refusalOf(given, found as ConfigFile | undefined);
    expect(refusal).toBeInstanceOf(LapError);
    expect(refusal.message).toContain(message);
    expect(`${refusal.message} ${refusal.hint}`).not.toContain("sk-");
  });
});

function refusalOf(env: Record<string, string>, file: ConfigFile | undefined): LapError {
  try {
    resolveCredentials(env, () => file);
  } catch (error) {
    return error as LapError;
  }
  throw new Error("it was accepted");
}

test.each([
  ["sk-1234567890abcdef", "sk-1••••••••cdef"],
  ["1234567890abcdef", "1234••••••••cdef"],
  ["1234567890abcde", "••••••••"],
  ["short", "••••••••"],
  ["", "••••••••"],
])("the key %s is shown as %s", (key, masked) => {
  expect(maskKey(key)).toBe(masked);
});

test.each([
  ["/home/ann/.lap/config.json", "/home/ann", "~/.lap/config.json"],
  ["/home/anna/.lap", "/home/ann", "/home/anna/.lap"],
  ["/etc/lap", "/home/ann", "/etc/lap"],
])("%s in %s is shown as %s", (path, home, shown) => {
  expect(tilde(path, home)).toBe(shown);
});
