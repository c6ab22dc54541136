import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readConfig } from "../../src/config/configfile.ts";
import { resolveCredentials } from "../../src/config/credentials.ts";
import { type Keychain, readKey } from "../../src/config/keychain.ts";
import { removeLogin, saveLogin } from "../../src/config/login.ts";
import type { SettingName } from "../../src/config/settings.ts";
import { TemporaryHome } from "../support/home.ts";
import { keychainFault, MemoryKeychain } from "../support/keychain.ts";
import { Secret } from "../../src/net/secret.ts";

const BASE = "https://lap.acme.dev";
const NAME = `default ${BASE}`;
const LOGIN = { profile: "default", base: BASE, key: new Secret("sk-new") };
const WISHED = { keychain: true };

function homeWith(values: Record<string, unknown>): TemporaryHome {
  const home = new TemporaryHome();
  mkdirSync(dirname(home.config), { mode: 0o700 });
  writeFileSync(home.config, JSON.stringify(values), { mode: 0o600 });
  return home;
}

const saved = (home: TemporaryHome) => JSON.parse(readFileSync(home.config, "utf8"));

/** The key that a lap would send now. */
async function keyInForce(home: TemporaryHome, keychain: Keychain): Promise<string | undefined> {
  const found = resolveCredentials({}, () => readConfig(home.path));
  const key = found?.key;
  if (key instanceof Secret) return key.reveal();
  return key && (await readKey(keychain, key));
}

describe("a login into the keychain", () => {
  test("has its key there and not in the file", async () => {
    using home = homeWith({ base: BASE, key: "sk-old", theme: "dark" });
    const keychain = new MemoryKeychain();
    expect(await saveLogin(home.path, keychain, LOGIN, WISHED)).toEqual({ keptIn: "keychain" });
    const { keyId, ...rest } = saved(home);
    expect(rest).toEqual({ base: BASE, keyStore: "keychain", theme: "dark" });
    expect([...keychain.secrets]).toEqual([[`${NAME} ${keyId}`, "sk-new"]]);
    expect(await keyInForce(home, keychain)).toBe("sk-new");
  });

  test("of a profile is kept apart from others of the same platform", async () => {
    using home = new TemporaryHome();
    const keychain = new MemoryKeychain();
    await saveLogin(home.path, keychain, LOGIN, WISHED);
    await saveLogin(
      home.path,
      keychain,
      { ...LOGIN, profile: "acme", key: new Secret("sk-acme") },
      WISHED,
    );
    expect([...keychain.secrets.values()]).toEqual(["sk-new", "sk-acme"]);
  });

  test("to another platform takes the old key out", async () => {
    using home = homeWith({ base: "https://old.dev", keyStore: "keychain" });
    const keychain = new MemoryKeychain({ "default https://old.dev": "sk-old" });
    await saveLogin(home.path, keychain, LOGIN, WISHED);
    expect([...keychain.secrets]).toEqual([[`${NAME} ${saved(home).keyId}`, "sk-new"]]);
  });

  test("again keeps it at its place, which may be one without an id", async () => {
    using home = homeWith({ base: BASE, keyStore: "keychain" });
    const keychain = new MemoryKeychain({ [NAME]: "sk-old" });
    await saveLogin(home.path, keychain, LOGIN, WISHED);
    expect(saved(home)).toEqual({ base: BASE, keyStore: "keychain" });
    expect([...keychain.secrets]).toEqual([[NAME, "sk-new"]]);
  });

  test("is apart from that of another home, which outlives it", async () => {
    using home = new TemporaryHome();
    using other = new TemporaryHome();
    const keychain = new MemoryKeychain();
    await saveLogin(home.path, keychain, LOGIN, WISHED);
    await saveLogin(other.path, keychain, { ...LOGIN, key: new Secret("sk-other") }, WISHED);
    expect(await keyInForce(home, keychain)).toBe("sk-new");
    await saveLogin(home.path, keychain, LOGIN, WISHED);
    await removeLogin(home.path, keychain, "default");
    expect([...keychain.secrets.values()]).toEqual(["sk-other"]);
    expect(await keyInForce(other, keychain)).toBe("sk-other");
  });

  test("then into the file takes the key out", async () => {
    using home = homeWith({ base: BASE, keyStore: "keychain" });
    const keychain = new MemoryKeychain({ [NAME]: "sk-old" });
    await saveLogin(home.path, keychain, LOGIN, { keychain: false });
    expect(saved(home)).toEqual({ base: BASE, key: "sk-new" });
    expect(keychain.secrets.size).toBe(0);
  });

  test("without the wish never asks the keychain", async () => {
    using home = homeWith({ base: BASE, key: "sk-old" });
    const keychain = new MemoryKeychain();
    await saveLogin(home.path, keychain, LOGIN, { keychain: false });
    expect(keychain.calls).toEqual([]);
  });
});

describe("a keychain that fails while a login is saved", () => {
  const OLD = [
    ["in the file", { base: BASE, key: "sk-old" }, {}],
    ["in the keychain", { base: BASE, keyStore: "keychain" }, { [NAME]: "sk-old" }],
    ["nowhere", {}, {}],
  ] as const;
  const STEPS = ["looking", "keeping", "showing", "leaving"] as const;
  const CODES = ["PLATFORM_ERROR", "ACCESS_DENIED", "INTERACTION_NOT_ALLOWED", "USER_CANCELED"];

  for (const [where, values, secrets] of OLD) {
    for (const [step, name] of STEPS.entries()) {
      for (const after of [false, true]) {
        for (const code of CODES) {
          test(`${name}${after ? ", too late" : ""}, the old key ${where}: ${code}`, async () => {
            using home = homeWith(values);
            const keychain = new MemoryKeychain(secrets);
            keychain.faults.set(step, { error: keychainFault(code), after });
            await saveLogin(home.path, keychain, LOGIN, WISHED);
            keychain.faults.clear();
            expect(await keyInForce(home, keychain)).toBe("sk-new");
          });
        }
      }
    }
  }

  test.each([
    ["PLATFORM_ERROR", "there is none that answers (libsecret not available)"],
    ["ACCESS_DENIED", "access was denied"],
    ["USER_CANCELED", "its question was cancelled"],
    ["INTERACTION_NOT_ALLOWED", "it is locked, and cannot ask here"],
    ["SOMETHING_NEW", "libsecret not available"],
  ])("with %s has the key in the file, and says why", async (code, fault) => {
    using home = new TemporaryHome();
    const keychain = new MemoryKeychain();
    keychain.faults.set(0, { error: keychainFault(code, "libsecret not available") });
    const outcome = await saveLogin(home.path, keychain, LOGIN, WISHED);
    expect(outcome).toEqual({ keptIn: "file", fault });
    expect(saved(home)).toEqual({ base: BASE, key: "sk-new" });
  });

  test("by keeping something else has the key in the file, and nothing of it is left", async () => {
    using home = new TemporaryHome();
    const keychain = new MemoryKeychain();
    keychain.mangle = (value) => value.slice(1);
    const outcome = await saveLogin(home.path, keychain, LOGIN, WISHED);
    expect(outcome).toEqual({ keptIn: "file", fault: "it did not keep the key" });
    expect(keychain.secrets.size).toBe(0);
  });

  test("by failing once it has the key leaves nothing of it there", async () => {
    for (const before of [{}, { [NAME]: "sk-old" }] as Record<string, string>[]) {
      using home = new TemporaryHome();
      const keychain = new MemoryKeychain(before);
      keychain.faults.set(1, { error: keychainFault("ACCESS_DENIED"), after: true });
      await saveLogin(home.path, keychain, LOGIN, WISHED);
      expect(Object.fromEntries(keychain.secrets)).toEqual(before);
    }
  });

  test("by not letting go of an older key says so", async () => {
    using home = homeWith({ base: "https://old.dev", keyStore: "keychain" });
    const keychain = new MemoryKeychain({ "default https://old.dev": "sk-old" });
    keychain.faults.set(0, { error: keychainFault("ACCESS_DENIED") });
    const outcome = await saveLogin(home.path, keychain, LOGIN, { keychain: false });
    expect(outcome).toEqual({ keptIn: "file", leftover: "access was denied" });
    expect(saved(home)).toEqual({ base: BASE, key: "sk-new" });
  });
});

describe("a file that cannot be written", () => {
  test("leaves the keychain as it was: with the key that the file speaks of", async () => {
    using home = new TemporaryHome();
    mkdirSync(home.config, { recursive: true });
    const keychain = new MemoryKeychain({ [NAME]: "sk-old" });
    const saving = saveLogin(home.path, keychain, LOGIN, WISHED);
    expect(saving).rejects.toThrow("cannot write ~/.lap/config.json");
    await saving.catch(() => {});
    expect([...keychain.secrets]).toEqual([[NAME, "sk-old"]]);
  });

  test("leaves the keychain as it was: empty", async () => {
    using home = new TemporaryHome();
    mkdirSync(home.config, { recursive: true });
    const keychain = new MemoryKeychain();
    await saveLogin(home.path, keychain, LOGIN, WISHED).catch(() => {});
    expect(keychain.secrets.size).toBe(0);
  });
});

describe("the first login of all", () => {
  test.each([
    ["a named one is the one to use", {}, "acme", "acme"],
    ["one at the top needs no word", {}, "default", undefined],
    ["a second one is not", { base: BASE, key: "sk-old" }, "acme", undefined],
    ["in place of one that is gone", { base: BASE, key: "k", profile: "gone" }, "acme", "acme"],
    ["at the top in place of one that is gone", { profile: "gone" }, "default", undefined],
    [
      "beside another that is used",
      { profile: "beta", profiles: { beta: { base: "https://beta.dev" } } },
      "default",
      "beta",
    ],
  ])("%s", async (_, values, profile, expected) => {
    using home = homeWith(values);
    await saveLogin(home.path, new MemoryKeychain(), { ...LOGIN, profile }, { keychain: false });
    expect(saved(home).profile).toBe(expected);
  });
});

describe("what is set of one platform", () => {
  const OWN = {
    ttyFallback: "ws://old/tty",
    tokenInQuery: true,
    clientCert: "/a",
    clientKey: "/b",
  };
  const EVERYBODYS = { detachKeys: "none", caCert: "/ca.pem", theme: "dark" };
  const NAMES = Object.keys(OWN) as SettingName[];
  const OLD = { base: "https://old.dev", key: "sk-old" };

  test.each([
    ["does not pass to another", OLD, NAMES],
    ["does not pass to another port", { ...OLD, base: `${BASE}:8443` }, NAMES],
    ["does not pass from what is no address", { ...OLD, base: "http://[" }, NAMES],
    ["stays with its own, at whatever path", { ...OLD, base: `${BASE}/v1` }, undefined],
    ["stays where the address was only written otherwise", { base: "LAP.acme.dev/" }, undefined],
    ["before any login counts for the first one", {}, undefined],
  ])("%s", async (_, login, dropped) => {
    const { profile: _default, base, key } = LOGIN;
    const entry = { ...OWN, ...EVERYBODYS, ...login };
    const expected = { ...(dropped ? {} : OWN), ...EVERYBODYS, base, key: key.reveal() };
    const outcome = { keptIn: "file", ...(dropped ? { dropped } : {}) } as const;
    using top = homeWith(entry);
    const keychain = new MemoryKeychain();
    expect(await saveLogin(top.path, keychain, LOGIN, { keychain: false })).toEqual(outcome);
    expect(saved(top)).toEqual(expected);
    using named = homeWith({ ...OLD, ...OWN, profiles: { acme: entry } });
    const acme = { ...LOGIN, profile: "acme" };
    expect(await saveLogin(named.path, keychain, acme, { keychain: false })).toEqual(outcome);
    expect(saved(named)).toEqual({ ...OLD, ...OWN, profiles: { acme: expected } });
  });

  test("goes with a logout, after which another login is the first", async () => {
    using home = homeWith({ ...OLD, ...OWN, ...EVERYBODYS });
    const removed = await removeLogin(home.path, new MemoryKeychain(), "default");
    expect(removed).toEqual({ base: OLD.base, wholeFile: false, dropped: NAMES });
    expect(saved(home)).toEqual(EVERYBODYS);
  });
});

describe("a logout", () => {
  test("leaves settings, other profiles and what lap does not know", async () => {
    const others = { beta: { base: "https://beta.dev", key: "sk-beta" } };
    using home = homeWith({ base: BASE, key: "sk-1", theme: "dark", profiles: others });
    const removed = await removeLogin(home.path, new MemoryKeychain(), "default");
    expect(removed).toEqual({ base: BASE, wholeFile: false });
    expect(saved(home)).toEqual({ theme: "dark", profiles: others });
  });

  test("of a profile takes its settings along, and that it was in use", async () => {
    const acme = { base: "https://acme.dev", key: "sk-acme", detachKeys: "none" };
    using home = homeWith({ base: BASE, key: "sk-1", profile: "acme", profiles: { acme } });
    await removeLogin(home.path, new MemoryKeychain(), "acme");
    expect(saved(home)).toEqual({ base: BASE, key: "sk-1" });
  });

  test("takes the key out of the keychain", async () => {
    using home = homeWith({ base: BASE, keyStore: "keychain" });
    const keychain = new MemoryKeychain({ [NAME]: "sk-1", "acme https://acme.dev": "sk-2" });
    await removeLogin(home.path, keychain, "default");
    expect([...keychain.secrets.keys()]).toEqual(["acme https://acme.dev"]);
    expect(existsSync(home.config)).toBe(false);
  });

  test("stops where the keychain does not let go: the login is left as it was", async () => {
    using home = homeWith({ base: BASE, keyStore: "keychain" });
    const keychain = new MemoryKeychain({ [NAME]: "sk-1" });
    keychain.faults.set(0, { error: keychainFault("INTERACTION_NOT_ALLOWED") });
    const removing = removeLogin(home.path, keychain, "default");
    expect(removing).rejects.toThrow("does not let go of the key: it is locked");
    await removing.catch(() => {});
    expect(await keyInForce(home, keychain)).toBe("sk-1");
  });

  test("goes on where there is no keychain at all, and says so", async () => {
    using home = homeWith({ base: BASE, keyStore: "keychain" });
    const keychain = new MemoryKeychain();
    keychain.faults.set(0, { error: keychainFault("PLATFORM_ERROR", "libsecret not available") });
    const removed = await removeLogin(home.path, keychain, "default");
    expect(removed?.leftover).toContain("there is none that answers");
    expect(existsSync(home.config)).toBe(false);
  });

  test.each([
    ["nobody", {}, "default"],
    ["only settings", { detachKeys: "none" }, "default"],
    ["another profile", { profiles: { beta: { base: "x" } } }, "acme"],
  ])("where there is %s removes nothing", async (_, values, profile) => {
    using home = homeWith(values);
    expect(await removeLogin(home.path, new MemoryKeychain(), profile)).toBeUndefined();
    expect(saved(home)).toEqual(values);
  });
});

describe("reading a key out of the keychain", () => {
  const entry = { service: "lap", name: NAME };

  test.each([
    ["INTERACTION_NOT_ALLOWED", "does not give the key: it is locked, and cannot ask here"],
    ["PLATFORM_ERROR", "does not give the key: there is none that answers"],
  ])("that fails with %s is explained", async (code, words) => {
    const keychain = new MemoryKeychain({ [NAME]: "sk-1" });
    keychain.faults.set(0, { error: keychainFault(code) });
    expect(readKey(keychain, entry)).rejects.toMatchObject({
      message: expect.stringContaining(words),
      hint: expect.stringContaining("Unlock it"),
      exitCode: 4,
    });
  });

  test("that is not there names the platform", () => {
    expect(readKey(new MemoryKeychain(), entry)).rejects.toMatchObject({
      message: expect.stringContaining(`holds no key for ${NAME}`),
      exitCode: 4,
    });
  });
});
