import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import { JumpingClock } from "../support/clock.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";
import { runLap, type WorldOptions } from "../support/world.ts";

const KEY = "sk-test-0123456789";
const NOW = Date.UTC(2026, 10, 22, 12);
const minutesAgo = (n: number) => new Date(NOW - n * 60_000).toISOString();

const EVENTS = [
  { id: "1", kind: "created", at: minutesAgo(90), title: "Session created" },
  { id: "2", kind: "tool", at: minutesAgo(20), title: "Tool: bash", detail: "ls\n-l", meta: "2 s" },
  { id: "3", kind: "user", at: minutesAgo(1), title: "User message", status: "failed" },
];
const EVENT_LINES = [
  "2026-11-22T10:30:00Z  Session created",
  "2026-11-22T11:40:00Z  Tool: bash: ls -l  (2 s)",
  "2026-11-22T11:59:00Z  User message  (failed)",
];

interface Platform {
  session?: Record<string, unknown>;
  events?: () => unknown;
  pod?: (url: URL) => string | Response;
}

async function logs(flags: string[], platform: Platform, world: Partial<WorldOptions> = {}) {
  using home = new TemporaryHome();
  const { session = { status: "ready" }, events = () => EVENTS, pod = () => "a\n\tb\n" } = platform;
  await using server = new StubServer((_request, url) => {
    const headers = { date: new Date(NOW).toUTCString() };
    if (url.pathname.endsWith("/log")) {
      const answer = events();
      return answer instanceof Response ? answer : Response.json(answer, { headers });
    }
    if (url.pathname.endsWith("/sandbox_logs")) {
      const answer = pod(url);
      return answer instanceof Response ? answer : new Response(answer);
    }
    return Response.json({ id: "s-1", ...session });
  });
  const outcome = await runLap(["logs", ...flags, "s-1"], {
    home: home.path,
    env: { LAP_URL: server.url, LAP_KEY: KEY },
    clock: new JumpingClock(),
    ...world,
  });
  const queries = server.requests
    .map(({ path }) => new URL(path, server.url))
    .filter(({ pathname }) => pathname.endsWith("/sandbox_logs"))
    .map(({ searchParams }) => [searchParams.get("sinceSeconds"), searchParams.get("tailLines")]);
  return { ...outcome, queries };
}

describe("lap logs", () => {
  test("shows the events and the pod's log, under headings, on stdout", async () => {
    const { code, stdout, stderr, queries } = await logs([], {});
    const head = ["==> events <==", ...EVENT_LINES, "", "==> pod log <=="];
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe([...head, "a", "\tb", ""].join("\n"));
    expect(queries).toEqual([["3600", "5000"]]);
  });

  test("--events shows those alone, and asks for no more", async () => {
    const { stdout, queries } = await logs(["--events"], {});
    expect([stdout, queries]).toEqual([`${EVENT_LINES.join("\n")}\n`, []]);
  });

  test("--pod shows that alone", async () => {
    expect((await logs(["--pod"], {})).stdout).toBe("a\n\tb\n");
  });

  test("--events --pod shows both", async () => {
    expect((await logs(["--events", "--pod"], {})).stdout).toContain("==> pod log <==\na\n");
  });

  test("--since counts by the platform's clock, and asks for so much of the pod's log", async () => {
    const { stdout, queries } = await logs(["--since", "25m"], {});
    expect(stdout).toStartWith(`==> events <==\n${EVENT_LINES.slice(1).join("\n")}\n\n`);
    expect(queries).toEqual([["1500", "5000"]]);
  });

  test("--since more than an hour says what the platform gives", async () => {
    const { stdout, stderr, queries } = await logs(["--since", "2h"], {});
    expect(stdout).toContain("Session created");
    expect(stderr).toBe("! the platform gives the pod's log of the last hour, no more\n");
    expect(queries).toEqual([["3600", "5000"]]);
  });

  test.each([
    ["1", EVENT_LINES.slice(2), "1"],
    ["100", EVENT_LINES, "100"],
    ["all", EVENT_LINES, "5000"],
    ["99999", EVENT_LINES, "5000"],
  ])("--tail %s shows the last so many of each", async (tail, lines, asked) => {
    const { stdout, queries } = await logs(["--tail", tail], {});
    expect(stdout).toStartWith(`==> events <==\n${lines.join("\n")}\n\n`);
    expect(queries).toEqual([["3600", asked]]);
  });

  test("--tail 0 shows nothing", async () => {
    const { stdout, stderr, queries } = await logs(["--tail", "0"], {});
    // None asked for would be taken for all, and nothing found for nothing written.
    expect([stdout, stderr, queries]).toEqual(["", "", [["3600", "1"]]]);
  });

  test("--json prints the events", async () => {
    const { stdout, queries } = await logs(["--json", "--tail", "1"], {});
    expect(JSON.parse(stdout)).toEqual([
      {
        id: "3",
        at: "2026-11-22T11:59:00.000Z",
        kind: "user",
        title: "User message",
        detail: null,
        note: null,
        status: "failed",
      },
    ]);
    expect(queries).toEqual([]);
  });

  test("cleans each line, and keeps its indentation and what has no end yet", async () => {
    const pod = () => "  \x1b[31mred\x1b[0m\u202e\x07\r\n10%\r50%\r100%\nrest";
    expect((await logs(["--pod"], { pod })).stdout).toBe("  red\n100%\nrest\n");
  });

  test.each([
    ["ready", "the pod has written nothing, as far as the platform tells\n"],
    ["dead", "session s-1 is dead: its pod is gone, and the pod's log with it\n"],
  ])("says why there is no log: %s", async (status, words) => {
    const { code, stderr } = await logs(["--pod"], { session: { status }, pod: () => "" });
    expect([code, stderr]).toEqual([0, words]);
  });

  test("says where there may be more", async () => {
    const pod = () => "x\n".repeat(5_000);
    const { stderr } = await logs(["--pod"], { pod });
    expect(stderr).toBe("! the platform gives the last 5000 lines, no more\n");
  });

  test("asks again where the cluster could not be read for a moment", async () => {
    let reads = 0;
    const fault = "[sandbox_logs] transient read error: timeout\n";
    const pod = () => (++reads < 3 ? fault : "a\n");
    expect((await logs(["--pod"], { pod })).stdout).toBe("a\n");
    const { code, stdout, stderr } = await logs([], { pod: () => fault });
    expect([code, stdout]).toEqual([1, `==> events <==\n${EVENT_LINES.join("\n")}\n`]);
    expect(stderr).toBe("✗ the platform cannot read the pod's log: timeout\n");
  });

  test.each([
    [["--since", "soon"], "--since 'soon' is not a time"],
    [["--since", "10x"], "--since '10x' is not a time"],
    [["--since", "0s"], "--since '0s' is not a time"],
    [["--since", "1h 30m"], "--since '1h 30m' is not a time"],
    [["--tail", "few"], "--tail 'few' is not a number of lines"],
    [["--json", "--pod"], "--json prints the events, and --pod leaves them out"],
  ])("%p is wrong usage", async (flags, words) => {
    const { code, stderr } = await logs(flags, {});
    expect(code).toBe(2);
    expect(stderr).toStartWith(`✗ ${words}`);
  });

  test.each([
    ["90", "90"],
    ["90s", "90"],
    ["1.5m", "90"],
    ["1h", "3600"],
    ["1m30s", "90"],
    ["0.2s", "1"],
  ])("--since %s asks for %s seconds", async (since, seconds) => {
    expect((await logs(["--since", since, "--pod"], {})).queries).toEqual([[seconds, "5000"]]);
  });

  test("of a session that nobody knows says so, though its timeline is an empty list", async () => {
    using home = new TemporaryHome();
    await using server = new StubServer((_request, { pathname }) =>
      pathname.endsWith("/log") ? Response.json([]) : failure(404, "session s-1 not found"),
    );
    const env = { LAP_URL: server.url, LAP_KEY: KEY };
    const { code, stderr } = await runLap(["logs", "s-1"], { home: home.path, env });
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ there is no session 's-1' on ${server.url}\n`);
  });
});

/** A pod's log through the windows that are asked for; `written` is all that it has by a time, in seconds. */
function windows(clock: JumpingClock, written: (seconds: number) => string[]) {
  return ({ searchParams }: URL) => {
    const now = clock.now() / 1000;
    const from = now - Number(searchParams.get("sinceSeconds"));
    const lines = written(now).slice(written(from - 0.001).length);
    const last = lines.slice(-Number(searchParams.get("tailLines")));
    return last.map((line) => `${line}\n`).join("");
  };
}

/** What a pod has written that began ten seconds ago and writes a line a second, off the windows' edges. */
const everySecond = (line: (n: number) => string) => (now: number) =>
  Array.from({ length: Math.max(0, Math.floor(now - 0.2) + 11) }, (_, n) => line(n));

describe("lap logs --follow", () => {
  /** Follows until the session dies, at so many polls. */
  async function follow(
    flags: string[],
    platform: (clock: JumpingClock) => Platform,
    { polls = 20, signal }: { polls?: number; signal?: AbortSignal } = {},
  ) {
    const clock = new JumpingClock();
    const session: Record<string, unknown> = { status: "ready" };
    clock.onSleep = (count) => {
      if (count === polls)
        Object.assign(session, { status: "dead", failure_reason: "idle timeout" });
    };
    const world = { clock, ...(signal ? { signal } : {}) };
    return logs(["--follow", ...flags], { session, ...platform(clock) }, world);
  }

  const END = 19 * 1.5;
  const lines = everySecond((n) => `line ${n}`);
  const ticks = everySecond(() => "tick");

  test("tells lines once, as they come, until the session ends", async () => {
    const { code, stdout, stderr } = await follow(["--pod"], (clock) => ({
      pod: windows(clock, lines),
    }));
    expect([code, stderr]).toEqual([0, "session s-1 is dead: idle timeout\n"]);
    expect(stdout.trimEnd().split("\n")).toEqual(lines(END));
  });

  test("tells equal lines as often as they are written", async () => {
    const { stdout } = await follow(["--pod"], (clock) => ({ pod: windows(clock, ticks) }));
    expect(stdout.trimEnd().split("\n")).toEqual(ticks(END));
  });

  test("heads lines once, until something else comes between", async () => {
    const { stdout } = await follow([], (clock) => ({ pod: windows(clock, lines) }));
    expect(stdout.match(/==>/g)).toHaveLength(2);
  });

  test("loses nothing while the machine sleeps, and time with it", async () => {
    let slept = 0;
    const { stdout } = await follow(["--pod"], (clock) => {
      const { date, onSleep } = clock;
      clock.date = () => date.call(clock) + slept;
      clock.onSleep = (count) => {
        onSleep(count);
        if (count === 8) slept = 600_000;
      };
      return { pod: windows(clock, (seconds) => lines(seconds + slept / 1000)) };
    });
    const told = stdout.trimEnd().split("\n");
    expect(told).toEqual(lines(END + 600));
  });

  test.each([
    ["0", 10],
    ["3", 7],
  ])("--tail %s begins with so many of before", async (tail, first) => {
    const { stdout } = await follow(["--pod", "--tail", tail], (clock) => ({
      pod: windows(clock, lines),
    }));
    expect(stdout).toStartWith(`line ${first}\n`);
    expect(stdout).toEndWith(`line ${lines(END).length - 1}\n`);
  });

  test("tells what a pod wrote before it was the session's", async () => {
    const { stdout } = await follow(["--pod"], (clock) => {
      const pod = windows(clock, lines);
      return { pod: (url) => (clock.now() < 12_000 ? "" : pod(url)) };
    });
    expect(stdout.trimEnd().split("\n")).toEqual(lines(END));
  });

  test("tells a line that has no end only once it has one, or at the end", async () => {
    let reads = 0;
    const texts = ["", "", "a\n10%", "a\n10% 20%", "a\n10% 20% done\nlast", ""];
    const pod = () => texts[Math.min(reads++, texts.length - 1)] ?? "";
    expect((await follow(["--pod"], () => ({ pod }))).stdout).toBe("a\n10% 20% done\nlast\n");
  });

  test("tells events once, by their id, between the pod's lines", async () => {
    let looks = 0;
    const events = () => [
      ...EVENTS.slice(0, ++looks > 3 ? 3 : 2),
      // Its time is another with every look, as the platform has none for it.
      { id: "ended", at: new Date(NOW + looks * 1_000).toISOString(), title: "Sandbox ended" },
    ];
    const { stdout } = await follow([], (clock) => ({
      events,
      pod: windows(clock, (now) => (now > 1 ? ["a"] : [])),
    }));
    expect(stdout).toBe(
      [
        "==> events <==",
        ...EVENT_LINES.slice(0, 2),
        "2026-11-22T12:00:01Z  Sandbox ended",
        "",
        "==> pod log <==",
        "a",
        "",
        "==> events <==",
        EVENT_LINES[2],
        "",
      ].join("\n"),
    );
  });

  test("tells equal events that have no id as often as there are", async () => {
    let looks = 0;
    const event = { kind: "x", title: "again" };
    const events = () => Array.from({ length: ++looks > 3 ? 3 : 2 }, () => event);
    const { stdout } = await follow(["--events"], () => ({ events }));
    expect(stdout.match(/again/g)).toHaveLength(3);
  });

  test("--json prints one event a line", async () => {
    const { stdout } = await follow(["--json"], () => ({}));
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(["1", "2", "3"]);
  });

  test.each<[string, () => Response]>([
    ["a platform that restarts", () => page(502)],
    [
      "a cluster that cannot be read",
      () => new Response("[sandbox_logs] transient read error: x\n"),
    ],
  ])("outlives %s, with a word", async (_, fault) => {
    let reads = 0;
    const { code, stdout, stderr } = await follow(["--pod"], (clock) => {
      const written = windows(clock, lines);
      return { pod: (url) => (++reads > 4 && reads < 9 ? fault() : written(url)) };
    });
    expect([code, stdout.trimEnd().split("\n")]).toEqual([0, lines(END)]);
    expect(stderr.match(/; trying on\n/g)).toHaveLength(1);
  });

  test("gives up a platform that stays away", async () => {
    using home = new TemporaryHome();
    let asked = 0;
    await using server = new StubServer(() =>
      asked++ === 0 ? Response.json({ id: "s-1", status: "ready" }) : page(502),
    );
    const clock = new JumpingClock();
    const { code, stderr } = await runLap(["logs", "-f", "s-1"], {
      home: home.path,
      env: { LAP_URL: server.url, LAP_KEY: KEY },
      clock,
    });
    expect(code).toBe(1);
    expect(stderr).toContain("✗ session lookup failed: 502\n");
    expect(clock.now()).toBeWithin(300_000, 303_000);
  });

  test("ends where the session is gone", async () => {
    using home = new TemporaryHome();
    let looks = 0;
    await using server = new StubServer((_request, { pathname }) => {
      if (pathname.endsWith("/log")) return Response.json([]);
      if (pathname.endsWith("/sandbox_logs")) return new Response("");
      return ++looks > 3
        ? failure(404, "session s-1 not found")
        : Response.json({ id: "s-1", status: "ready" });
    });
    const env = { LAP_URL: server.url, LAP_KEY: KEY };
    const clock = new JumpingClock();
    const outcome = await runLap(["logs", "-f", "s-1"], { home: home.path, env, clock });
    expect([outcome.code, outcome.stderr]).toEqual([0, "session s-1 is gone\n"]);
  });

  test("ends with 130 at Ctrl-C", async () => {
    const abort = new AbortController();
    let looks = 0;
    const events = () => {
      if (++looks === 3) abort.abort(new Interrupted("SIGINT"));
      return [];
    };
    const outcome = await follow(["--events"], () => ({ events }), { signal: abort.signal });
    expect([outcome.code, outcome.stderr]).toEqual([130, ""]);
  });
});
