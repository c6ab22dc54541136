import { describe, expect, test } from "bun:test";
import type { ConfigFile, Entry } from "../../src/config/configfile.ts";
import { listProfiles, profilesForOrigin, withEntry } from "../../src/config/profiles.ts";

function fileOf(top: Entry, profiles: Record<string, Entry>): ConfigFile {
  return { path: "~", top, profiles: new Map(Object.entries(profiles)), repaired: false };
}

describe("the profile for an origin", () => {
  const file = fileOf(
    { base: "https://lap.acme.dev", key: "sk-1" },
    {
      beta: { base: "beta.dev/", key: "sk-2" },
      port: { base: "https://beta.dev:8443", key: "sk-3" },
      team: { base: "https://shared.dev/team", key: "sk-4" },
      staff: { base: "https://shared.dev/staff", key: "sk-5" },
      twin: { base: "https://twin.dev", key: "sk-6" },
      other: { base: "https://twin.dev", key: "sk-7" },
      broken: { base: "a b", key: "sk-8" },
    },
  );

  test.each([
    ["https://lap.acme.dev/sessions/1", ["default"]],
    ["https://LAP.acme.dev:443/sessions/1", ["default"]],
    ["https://beta.dev/sessions/1", ["beta"]],
    ["https://beta.dev:8443/sessions/1", ["port"]],
    ["http://beta.dev/sessions/1", []],
    ["https://beta.dev.evil.dev/sessions/1", []],
    ["https://x.beta.dev/sessions/1", []],
    ["https://beta.dev@evil.dev/sessions/1", []],
    ["https://shared.dev/team/sessions/1", ["team"]],
    ["https://shared.dev/staff/sessions/1", ["staff"]],
    ["https://shared.dev/team", ["team"]],
    ["https://shared.dev/teams/sessions/1", ["team", "staff"]],
    ["https://twin.dev/sessions/1", ["twin", "other"]],
  ])("%s is %p", (link, names) => {
    expect(profilesForOrigin(file, new URL(link))).toEqual(names);
  });

  test("is none where nothing is saved", () => {
    expect(profilesForOrigin(undefined, new URL("https://lap.acme.dev"))).toEqual([]);
  });
});

test("profiles are listed with where their keys are, and those without a platform are not", () => {
  const file = fileOf(
    { detachKeys: "none" },
    {
      filed: { base: "https://a.dev", key: "sk-1" },
      kept: { base: "https://b.dev", keyStore: "keychain" },
      keyless: { base: "https://c.dev" },
      settings: { detachKeys: "none" },
    },
  );
  expect(listProfiles(file)).toEqual([
    { name: "filed", base: "https://a.dev", key: "file" },
    { name: "kept", base: "https://b.dev", key: "keychain" },
    { name: "keyless", base: "https://c.dev", key: null },
  ]);
});

describe("changing one profile", () => {
  const values = { base: "x", theme: "dark", profiles: { acme: { base: "y", own: 1 } } };

  test.each([
    ["default", { base: "z", theme: "dark", profiles: { acme: { base: "y", own: 1 } } }],
    ["acme", { base: "x", theme: "dark", profiles: { acme: { base: "z", own: 1 } } }],
    ["new", { ...values, profiles: { ...values.profiles, new: { base: "z" } } }],
  ])("%s leaves all that is not of it", (name, expected) => {
    expect(withEntry(values, name, (entry) => ({ ...entry, base: "z" }))).toEqual(expected);
  });

  test("takes it out where nothing is left of it, and the list with the last", () => {
    expect(withEntry(values, "acme", () => ({}))).toEqual({ base: "x", theme: "dark" });
  });

  test.each([
    ["a list", []],
    ["a word", "x"],
    ["null", null],
  ])("replaces profiles that are %s", (_, profiles) => {
    expect(withEntry({ profiles }, "acme", () => ({ base: "z" }))).toEqual({
      profiles: { acme: { base: "z" } },
    });
  });
});
