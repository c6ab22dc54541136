import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import type { Context } from "../../src/context.ts";
import { type KnownRelease, knownPath, readKnown, writeKnown } from "../../src/upgrade/known.ts";
import { createRouter } from "../../src/net/route.ts";
import { refresh, toTell } from "../../src/upgrade/notice.ts";
import { VERSION } from "../../src/version.ts";
import { TemporaryHome } from "../support/home.ts";
import { closedUrl, StubServer } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";
import { realClock, runLap, type WorldOptions } from "../support/world.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_800_000_000_000;
const NOTICE = `\nlap 99.0.0 is out; this is ${VERSION}. \`lap upgrade\` installs it.\n`;

describe("a release is told of", () => {
  test.each<[string, Partial<KnownRelease>, string | undefined]>([
    ["the first time", { latest: "2.0.0" }, "2.0.0"],
    ["a day later again", { latest: "2.0.0", toldAt: NOW - DAY }, "2.0.0"],
    ["not within a day", { latest: "2.0.0", toldAt: NOW - DAY + 1 }, undefined],
    ["though a clock was set back", { latest: "2.0.0", toldAt: NOW + 1 }, "2.0.0"],
    ["not if it is this one", { latest: "1.0.0" }, undefined],
    ["not if it is older", { latest: "0.9.0" }, undefined],
    ["not if none is known", {}, undefined],
  ])("%s", (_, known, told) => {
    expect(toTell({ askedAt: 0, toldAt: 0, ...known }, "1.0.0", NOW)).toBe(told);
  });
});

/** A home that knows of a release. */
function knowing(known: Partial<KnownRelease> = { latest: "99.0.0" }): TemporaryHome {
  const home = new TemporaryHome();
  mkdirSync(dirname(knownPath(home.path)), { mode: 0o700 });
  writeKnown(home.path, { askedAt: Date.now(), toldAt: 0, ...known });
  return home;
}

/** `lap logout`, of which nothing else is left on the screen than one line. */
async function stderrOf(home: TemporaryHome, options: Partial<WorldOptions> = {}): Promise<string> {
  const world = { home: home.path, isTTY: true, program: ["/bin/lap"] as const };
  const { stderr } = await runLap(["logout"], { ...world, ...options });
  return stderr.replace("not logged in: there is no ~/.lap/config.json\n", "");
}

describe("the notice", () => {
  test("comes behind what a command says, and once", async () => {
    using home = knowing();
    expect(await stderrOf(home)).toBe(NOTICE);
    expect(await stderrOf(home)).toBe("");
    expect(statSync(knownPath(home.path)).mode & 0o777).toBe(0o600);
  });

  test.each<[string, Partial<WorldOptions>]>([
    ["in a pipe", { isTTY: false }],
    ["in CI", { env: { CI: "true" } }],
    ["where it is not wanted", { env: { LAP_NO_UPDATE_NOTICE: "1" } }],
    ["of a lap that runs from its source", { program: ["/bin/bun", "/src/cli.ts"] }],
  ])("does not come %s", async (_, options) => {
    using home = knowing();
    expect(await stderrOf(home, options)).toBe("");
    expect(readKnown(home.path).toldAt).toBe(0);
  });

  test("does not come before the words of an error", async () => {
    using home = knowing();
    const world = { home: home.path, isTTY: true, program: ["/bin/lap"] as const };
    const { stderr } = await runLap(["agents"], world);
    expect(stderr).toStartWith("✗ not logged in");
    expect(stderr).not.toContain("99.0.0");
  });

  test.each(["{", "[]", "7", '{"latest":"\\u001b[31m","askedAt":"x"}'])(
    "does not come by a broken file: %s",
    async (content) => {
      using home = knowing();
      writeFileSync(knownPath(home.path), content);
      expect(await stderrOf(home)).toBe("");
    },
  );
});

test("what is known is kept where there is a folder for it, and it is no fault where not", () => {
  using home = new TemporaryHome();
  const known = { latest: "1.0.0", askedAt: 1, toldAt: 2 };
  expect([writeKnown(home.path, known), writeKnown("/dev/null", known)]).toEqual([false, false]);
  mkdirSync(dirname(knownPath(home.path)));
  expect(writeKnown(home.path, known)).toBe(true);
  expect(readKnown(home.path)).toEqual(known);
});

/** Runs a command that takes so long that releases are asked for, until `done`. */
async function longCommand(home: TemporaryHome, url: string, done: () => Promise<unknown>) {
  // What is to be done in a while is done at once; what bounds a silence is not.
  const clock: Clock = {
    ...realClock,
    after: (ms, work) => realClock.after(ms < 10_000 ? 0 : ms, work),
  };
  await using platform = new StubServer(async (_request, { pathname }) => {
    await done();
    return Response.json(pathname.endsWith("/sessions") ? [] : { data: [] });
  });
  const env = { LAP_BASE_URL: url, LAP_URL: platform.url, LAP_KEY: "sk-test" };
  const world = { home: home.path, isTTY: true, program: ["/bin/lap"] as const, env, clock };
  return await runLap(["agents"], world);
}

describe("the question which release is the newest", () => {
  test("is asked while a command takes its time, once a day", async () => {
    using home = knowing({ askedAt: 0 });
    await using mirror = new StubServer(() => new Response("99.0.0\n"));
    const heard = () => waitFor(() => readKnown(home.path).latest !== undefined, "the answer");
    const { stderr } = await longCommand(home, mirror.url, heard);
    expect(stderr).toEndWith(NOTICE);
    await longCommand(home, mirror.url, async () => {});
    expect(mirror.requests.map(({ path }) => path)).toEqual(["/VERSION"]);
    expect(mirror.requests[0]?.authorization).toBeNull();
  });

  test("without an answer is silent, and rests for a day", async () => {
    using home = knowing({ askedAt: 0 });
    const asked = () => waitFor(() => readKnown(home.path).askedAt > 0, "the question");
    const { code, stderr } = await longCommand(home, await closedUrl(), asked);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/no agents on \S+\n$/)]);
  });

  test("does not hold a command up that is done before the answer", async () => {
    using home = knowing({ askedAt: 0 });
    let left = false;
    await using mirror = new StubServer((request) => {
      request.signal.addEventListener("abort", () => (left = true));
      return new Promise(() => {});
    });
    const asked = () => waitFor(() => mirror.requests.length > 0, "the question");
    expect((await longCommand(home, mirror.url, asked)).code).toBe(0);
    await waitFor(() => left, "lap to give the question up");
  });

  test("is not asked where lap has no folder of its own yet", async () => {
    using home = new TemporaryHome();
    await using mirror = new StubServer(() => new Response("99.0.0\n"));
    const world = { env: { LAP_BASE_URL: mirror.url }, home: home.path, clock: realClock };
    const router = async () => createRouter({});
    await refresh(world as unknown as Context, router, new AbortController().signal);
    expect(mirror.requests).toEqual([]);
    expect(existsSync(join(home.path, ".lap"))).toBe(false);
  });
});
