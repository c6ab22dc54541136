import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { exits, greeter } from "../support/visit.ts";
import { fractions } from "../support/random.ts";

const AT_ONCE = 20;
const KEY = "sk-test-0123456789";
const agents = Array.from({ length: AT_ONCE }, (_, index) => ({
  ...SHELL,
  id: `agent-${index}`,
  name: `bot-${index}`,
}));

let demo: DemoPlatform;
beforeAll(() => {
  demo = new DemoPlatform({ key: KEY, agents, openTty: greeter(exits) });
});
afterAll(() => demo[Symbol.asyncDispose]());

interface Running {
  args: string[];
  home: TemporaryHome;
  /** What comes before lap's own path. */
  through?: string[];
  stdin?: string;
}

function start({ args, home, through = [], stdin = "" }: Running) {
  return Bun.spawn([...through, LAP, ...args], {
    env: { HOME: home.path, PATH: process.env["PATH"] },
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function run(running: Running) {
  const child = start(running);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}

const login = (profile: string) => ({
  args: ["login", "--profile", profile, "--url", demo.platform.url, "--key-stdin"],
  stdin: KEY,
});

/** A home which is logged in to the platform, with profiles beside it. */
function homeWith(profiles: Record<string, unknown> = {}): TemporaryHome {
  const home = new TemporaryHome();
  const values = { base: demo.platform.url, key: KEY, theme: "dark", profiles };
  mkdirSync(dirname(home.config), { mode: 0o700 });
  writeFileSync(home.config, JSON.stringify(values), { mode: 0o600 });
  return home;
}

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
/** All but the notes of who is joined, which have a folder of their own. */
const filesOf = (home: TemporaryHome) =>
  readdirSync(dirname(home.config))
    .filter((name) => name !== "attached")
    .toSorted();

/** Reads a file over and over while laps write it: what is not whole throws. */
async function watched<T>(path: string, writers: Promise<T>[]): Promise<T[]> {
  let running = true;
  const all = Promise.all(writers).finally(() => (running = false));
  while (running) {
    readJson(path);
    await Bun.sleep(0);
  }
  return all;
}

describe("twenty laps at once", () => {
  test("that log in are all logged in afterwards", async () => {
    using home = homeWith();
    const names = agents.map((_, index) => `profile-${index}`);
    const writers = names.map((name) => run({ home, ...login(name) }));
    const outcomes = await watched(home.config, writers);
    expect(outcomes.map(({ code }) => code)).toEqual(names.map(() => 0));
    const { profiles, theme, key } = readJson(home.config);
    expect(Object.keys(profiles).toSorted()).toEqual(names.toSorted());
    expect([theme, key]).toEqual(["dark", KEY]);
    expect(filesOf(home)).toEqual(["config.json", "lock"]);
  });

  test("that open sandboxes are all remembered afterwards", async () => {
    using home = homeWith();
    writeFileSync(home.state, "{}", { mode: 0o600 });
    const writers = agents.map(({ name }) => run({ home, args: [name, "--no-tty"] }));
    const outcomes = await watched(home.state, writers);
    expect(outcomes.map(({ code }) => code)).toEqual(agents.map(() => 0));
    const { sessions } = readJson(home.state);
    expect(Object.keys(sessions[demo.platform.url]).toSorted()).toEqual(
      agents.map(({ id }) => id).toSorted(),
    );
    expect(filesOf(home)).toEqual(["config.json", "lock", "state.json"]);
  });
});

/** What each command does where nothing can be written. */
async function expectOldFilesToStay(
  home: TemporaryHome,
  code: string,
  runThere: (running: Omit<Running, "home">) => Promise<{ code: number; stderr: string }>,
): Promise<void> {
  const before = readFileSync(home.config, "utf8");
  for (const writing of [login("new"), { args: ["config", "set", "detachKeys", "none"] }]) {
    const outcome = await runThere(writing);
    expect(outcome.stderr).toStartWith(`✗ cannot write ~/.lap/config.json: ${code}\n`);
    expect(outcome.code).toBe(1);
  }
  // Not to be remembered is no reason not to open.
  const opened = await runThere({ args: ["bot-0", "--no-tty"] });
  expect([opened.code, opened.stderr]).toEqual([0, expect.stringContaining("[ws closed]")]);
  expect(readFileSync(home.config, "utf8")).toBe(before);
  expect(filesOf(home).filter((name) => !["lock", "state.json"].includes(name))).toEqual([
    "config.json",
  ]);
}

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const canBeNobody =
  isRoot &&
  Bun.which("setpriv") !== null &&
  Bun.spawnSync([...asNobody, LAP, "--version"]).exitCode === 0;
const inNamespace = ["unshare", "--mount", "/bin/sh", "-c"];
const canMount =
  isRoot &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync([...inNamespace, "mount -t tmpfs tmpfs /mnt"]).exitCode === 0;

describe("a disk with no room", () => {
  test("for a single byte more in any file", async () => {
    using home = homeWith();
    const limited = ["/bin/sh", "-c", `trap '' XFSZ; ulimit -f 0; exec "$0" "$@"`];
    await expectOldFilesToStay(home, "EFBIG", (running) =>
      run({ home, through: limited, ...running }),
    );
  });

  test.skipIf(!canMount)("in its file system", async () => {
    using home = homeWith();
    using outside = new TemporaryHome();
    const before = readFileSync(home.config, "utf8");
    // A file system of 16 blocks: the login is copied in, and the rest is filled.
    const script = `
      mount -t tmpfs -o size=64k tmpfs "$HOME"
      mkdir -m 700 "$HOME/.lap"; cp ${outside.path}/config.json "$HOME/.lap/config.json"
      chmod 600 "$HOME/.lap/config.json"; cat /dev/zero > "$HOME/filler" 2> /dev/null
      "$0" "$@"; code=$?
      cat "$HOME/.lap/config.json" > ${outside.path}/after; ls -A "$HOME/.lap" > ${outside.path}/names
      exit $code
    `;
    writeFileSync(join(outside.path, "config.json"), before);
    const outcome = await run({ home, through: [...inNamespace, script], ...login("new") });
    expect(outcome.stderr).toStartWith("✗ cannot write ~/.lap/config.json: ENOSPC\n");
    expect(outcome.code).toBe(1);
    expect(readFileSync(join(outside.path, "after"), "utf8")).toBe(before);
    const names = readFileSync(join(outside.path, "names"), "utf8").trim().split("\n");
    expect(names.filter((name) => name !== "lock")).toEqual(["config.json"]);
  });
});

test.skipIf(isRoot && !canBeNobody)("a home that cannot be written", async () => {
  using home = homeWith();
  for (const path of [home.config, dirname(home.config), home.path]) {
    if (isRoot) chownSync(path, NOBODY, NOBODY);
    if (path !== home.config) chmodSync(path, 0o500);
  }
  const through = isRoot ? asNobody : [];
  await expectOldFilesToStay(home, "EACCES", (running) => run({ home, through, ...running }));
  expect((await run({ home, through, args: ["agents"] })).code).toBe(0);
  for (const path of [home.path, dirname(home.config)]) chmodSync(path, 0o700);
});

describe("a kill", () => {
  /** So much that writing it takes a while. */
  const LOAD = "x".repeat(2_000_000);
  const acme = { base: "https://acme.dev", key: "sk-acme", load: LOAD };

  /** Waits for the file that is written beside the config. */
  async function unfinished(home: TemporaryHome, child: Bun.Subprocess): Promise<void> {
    while (child.exitCode === null && filesOf(home).every((name) => !name.startsWith("."))) {
      await Bun.sleep(0);
    }
  }

  test("at any moment leaves the old file or the new one, and nobody is kept waiting", async () => {
    using home = homeWith({ acme });
    const next = fractions(20_261_122);
    let last = "ctrl-d";
    let amid = 0;
    for (let round = 0; round < 40; round++) {
      const value = round % 2 === 0 ? "none" : `ctrl-${"abefgklnopqrstuvwxy"[round % 19]}`;
      const child = start({ home, args: ["config", "set", "detachKeys", value] });
      if (round % 4 === 0) await Bun.sleep(next() * 40);
      else {
        await unfinished(home, child);
        await Bun.sleep(next() * 6);
      }
      child.kill("SIGKILL");
      await child.exited;
      const { detachKeys = last, profiles, key, theme } = readJson(home.config);
      expect([last, value]).toContain(detachKeys);
      expect([profiles, key, theme]).toEqual([{ acme }, KEY, "dark"]);
      last = detachKeys;
      for (const name of filesOf(home).filter((left) => left.startsWith("."))) {
        amid++;
        Bun.spawnSync(["rm", join(dirname(home.config), name)]);
      }
    }
    // Or none of them has hit what this is about.
    expect(amid).toBeGreaterThan(0);
    expect((await run({ home, args: ["config", "set", "detachKeys", "ctrl-x"] })).code).toBe(0);
    expect(readJson(home.config).detachKeys).toBe("ctrl-x");
  });

  test("among laps that write loses nothing of those that were not killed", async () => {
    using home = homeWith({ acme });
    const next = fractions(4);
    const rounds = Array.from({ length: 10 }, async (_, index) => {
      const doomed = start({ home, ...login(`doomed-${index}`) });
      const lasting = run({ home, ...login(`lasting-${index}`) });
      await Bun.sleep(next() * 100);
      doomed.kill("SIGKILL");
      await doomed.exited;
      return (await lasting).code;
    });
    expect(await Promise.all(rounds)).toEqual(rounds.map(() => 0));
    const names = Object.keys(readJson(home.config).profiles);
    expect(names.filter((name) => name.startsWith("lasting-"))).toHaveLength(10);
    expect(names).toContain("acme");
  });

  test("leaves nothing of a key behind a logout", async () => {
    using home = homeWith();
    const left = join(dirname(home.config), ".config.json.0123456789ab");
    writeFileSync(left, `{"key":"${KEY}"`);
    expect((await run({ home, args: ["logout"] })).code).toBe(0);
    expect(filesOf(home)).toEqual(["config.json", "lock"]);
    expect(readFileSync(home.config, "utf8")).not.toContain(KEY);
  });
});
