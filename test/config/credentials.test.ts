import { describe, expect, test } from "bun:test";
import type { ConfigFile, Entry } from "../../src/config/configfile.ts";
import { maskKey, resolveCredentials, type Credentials } from "../../src/config/credentials.ts";
import { EXIT, LapError } from "../../src/errors.ts";
import { Secret } from "../../src/net/secret.ts";

/** With the key in clear. */
function shown(found: Credentials | undefined) {
  return found && { ...found, key: found.key instanceof Secret ? found.key.reveal() : found.key };
}

const BASE = "https://lap.acme.dev";
const KEY = "sk-1234567890abcdef";

function fileOf(top: Entry, profiles: Record<string, Entry> = {}, profile?: string): ConfigFile {
  const all = new Map(Object.entries(profiles));
  return { path: "~", top, profiles: all, ...(profile ? { profile } : {}), repaired: false };
}

describe("what is in force", () => {
  const file = fileOf({ base: `${BASE}/`, key: KEY });
  const env = { LAP_URL: "https://other.dev", LAP_KEY: "sk-other" };
  const fromFile = { base: BASE, key: KEY };

  test.each([
    [
      "the file alone",
      {},
      file,
      { ...fromFile, profile: "default", sources: { base: "file", key: "file" } },
    ],
    [
      "LAP_KEY over the file's",
      { LAP_KEY: "sk-other" },
      file,
      {
        base: BASE,
        key: "sk-other",
        profile: "default",
        sources: { base: "file", key: "LAP_KEY" },
      },
    ],
    [
      "LAP_URL of the same origin with the file's key",
      { LAP_URL: `${BASE}/prefix/` },
      file,
      {
        base: `${BASE}/prefix`,
        key: KEY,
        profile: "default",
        sources: { base: "LAP_URL", key: "file" },
      },
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
    expect(shown(resolveCredentials(given, () => found))).toEqual(expected as never);
  });

  test("LAP_URL with LAP_KEY needs no file, not even a readable one", () => {
    const unreadable = () => {
      throw new Error("the file was read");
    };
    expect(shown(resolveCredentials(env, unreadable))?.key).toBe("sk-other");
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
    [
      "a saved URL that is none",
      {},
      fileOf({ base: "a b", key: KEY }),
      "config.json: 'a b' is not a URL",
    ],
    [
      "a LAP_KEY that no header can carry",
      { ...env, LAP_KEY: "sk-1\nsk-2" },
      file,
      "LAP_KEY holds spaces, line breaks or characters outside ASCII",
    ],
    [
      "a saved key that no header can carry",
      {},
      fileOf({ base: BASE, key: "sk-ä" }),
      "the key in config.json holds spaces, line breaks or characters outside ASCII",
    ],
  ])("%s is refused in words, without the key", (_, given, found, message) => {
    const refusal = refusalOf(given, found as ConfigFile | undefined);
    expect(refusal).toBeInstanceOf(LapError);
    expect(refusal.message).toContain(message);
    expect(`${refusal.message} ${refusal.hint}`).not.toContain("sk-");
  });
});

describe("with several profiles", () => {
  const acme = { base: "https://acme.dev", key: "sk-acme" };
  const beta = { base: "https://beta.dev", key: "sk-beta" };
  const top = { base: BASE, key: KEY };
  const file = fileOf(top, { acme, beta, empty: {} }, "acme");
  const used = (env: Record<string, string>, named?: string, found: ConfigFile = file) => {
    const { base, key, profile } = shown(resolveCredentials(env, () => found, named)) ?? {};
    return { base, key, profile };
  };

  test.each([
    ["the file's", {}, undefined, { ...acme, profile: "acme" }],
    ["LAP_PROFILE over it", { LAP_PROFILE: "beta" }, undefined, { ...beta, profile: "beta" }],
    ["--profile over that", { LAP_PROFILE: "beta" }, "acme", { ...acme, profile: "acme" }],
    ["the one at the top by its name", {}, "default", { ...top, profile: "default" }],
    ["LAP_PROFILE that is empty", { LAP_PROFILE: "" }, undefined, { ...acme, profile: "acme" }],
    [
      "LAP_KEY with the profile's platform",
      { LAP_KEY: "sk-other" },
      "beta",
      { base: beta.base, key: "sk-other", profile: "beta" },
    ],
    [
      "LAP_URL and LAP_KEY over --profile",
      { LAP_URL: "https://other.dev", LAP_KEY: "sk-other" },
      "acme",
      { base: "https://other.dev", key: "sk-other", profile: undefined },
    ],
    [
      "LAP_URL with the key of the profile which was saved for it",
      { LAP_URL: "https://beta.dev/" },
      undefined,
      { ...beta, profile: "beta" },
    ],
  ] as const)("%s", (_, env, named, expected) => {
    expect(used(env, named)).toEqual(expected);
  });

  test("LAP_URL does not get the key of another profile than the one asked for", () => {
    expect(refusalOf({ LAP_URL: "https://beta.dev" }, file, "acme").message).toStartWith(
      "LAP_URL is set, but there is no key for https://beta.dev",
    );
  });

  test.each([
    ["--profile", {}, "gone", file, "there is no profile 'gone'", "default, acme, beta"],
    ["LAP_PROFILE", { LAP_PROFILE: "gone" }, undefined, file, "'gone' (LAP_PROFILE)", "acme"],
    [
      "the file",
      {},
      undefined,
      fileOf(top, {}, "gone"),
      "'gone' (config.json)",
      "There is: default",
    ],
    [
      "one without a platform",
      {},
      "empty",
      file,
      "profile 'empty' has no login yet",
      "login --profile",
    ],
    ["a name of an object's own", {}, "constructor", file, "no profile 'constructor'", "default"],
    ["no file", {}, "acme", undefined, "there is no profile 'acme'", "`lap login --profile acme`"],
  ] as const)("%s that names none of them", (_, env, named, found, message, hint) => {
    const refusal = refusalOf(env, found, named);
    expect(refusal.exitCode).toBe(EXIT.refused);
    expect(refusal.message).toContain(message);
    expect(refusal.hint).toContain(hint);
  });

  test.each(["", "a b", "-x", "../x", "\x1b[2J", "x".repeat(65)])(
    "a name like %p is none",
    (named) => {
      expect(refusalOf({}, file, named).exitCode).toBe(EXIT.usage);
    },
  );

  test("a key in the keychain is looked for by profile and origin", () => {
    const kept = fileOf({}, { acme: { base: "https://acme.dev/lap", keyStore: "keychain" } });
    expect(resolveCredentials({}, () => kept, "acme")).toEqual({
      base: "https://acme.dev/lap",
      key: { service: "lap", name: "acme https://acme.dev" },
      profile: "acme",
      sources: { base: "file", key: "keychain" },
    });
  });
});

function refusalOf(
  env: Record<string, string>,
  file: ConfigFile | undefined,
  named?: string,
): LapError {
  try {
    resolveCredentials(env, () => file, named);
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
  expect(maskKey(new Secret(key))).toBe(masked);
});
