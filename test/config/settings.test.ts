import { describe, expect, test } from "bun:test";
import type { ConfigFile, Entry } from "../../src/config/configfile.ts";
import { givenSetting, readSetting, type SettingSources } from "../../src/config/settings.ts";
import { UsageError } from "../../src/errors.ts";

const ACME: Entry = { detachKeys: "ctrl-c" };
const file: ConfigFile = {
  path: "~",
  top: { detachKeys: "ctrl-b" },
  profiles: new Map([["acme", ACME]]),
  repaired: false,
};
const nothing: SettingSources = { flags: {}, env: {}, file: undefined, profile: "default" };
const env = { LAP_DETACH_KEYS: "ctrl-a" };
const flags = { "detach-keys": "ctrl-x" };

describe("of a setting, the strongest is in force", () => {
  test.each([
    ["flag", "--detach-keys", "ctrl-x", { flags, env, file, profile: "acme" }],
    ["env", "LAP_DETACH_KEYS", "ctrl-a", { flags: {}, env, file, profile: "acme" }],
    ["profile", "config.json, profile 'acme'", "ctrl-c", { ...nothing, file, profile: "acme" }],
    ["file", "config.json", "ctrl-b", { ...nothing, file, profile: "beta" }],
    ["file", "config.json", "ctrl-b", { ...nothing, file }],
    ["default", "default", "ctrl-d", { ...nothing, profile: "acme" }],
    ["default", "default", "ctrl-d", { ...nothing, env: { LAP_DETACH_KEYS: "" } }],
  ] as const)("%s", (source, where, text, sources) => {
    expect(givenSetting("detachKeys", sources)).toEqual({ text, source, where });
  });

  test("and it is read, or said to be wrong by its place", () => {
    const read = (text: string) =>
      readSetting("detachKeys", { ...nothing, env: { LAP_DETACH_KEYS: text } });
    expect(read("ctrl-p,ctrl-q")?.map(({ name }) => name)).toEqual(["ctrl-p", "ctrl-q"]);
    expect(() => read("x y")).toThrow(UsageError);
    expect(() => read("x y")).toThrow('LAP_DETACH_KEYS: "x y" is not the name of a key');
  });

  test("a name of an object's own is no profile's value", () => {
    expect(givenSetting("detachKeys", { ...nothing, file, profile: "constructor" }).source).toBe(
      "file",
    );
  });
});
