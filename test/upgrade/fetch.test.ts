import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { Interrupted, type LapError } from "../../src/errors.ts";
import { fetchFile, fetchText, type Fetching } from "../../src/upgrade/fetch.ts";
import { createRouter } from "../../src/net/route.ts";
import { TemporaryHome } from "../support/home.ts";
import { TestProxy } from "../support/proxy.ts";
import { closedUrl, StubServer } from "../support/stub-server.ts";
import { realClock } from "../support/world.ts";

const fetching = (clock: Clock = realClock, signal = new AbortController().signal): Fetching => ({
  clock,
  signal,
});
const redirect = (to: string) => new Response(null, { status: 302, headers: { location: to } });

test("a text, over redirects", async () => {
  await using server = new StubServer((_, { pathname }) =>
    pathname === "/a" ? redirect("/b") : pathname === "/b" ? redirect("c") : new Response("hi"),
  );
  expect(await fetchText(`${server.url}/a`, 10, fetching())).toBe("hi");
});

test("through the proxy that the environment names", async () => {
  await using server = new StubServer(() => new Response("hi"));
  await using proxy = await TestProxy.start();
  const router = createRouter({ HTTP_PROXY: proxy.url });
  const url = `http://mirror.invalid:${server.port}/a`;
  expect(await fetchText(url, 10, { ...fetching(), router })).toBe("hi");
});

test.each<[string, () => Response, string]>([
  ["a missing one", () => new Response("not found", { status: 404 }), "/x: 404"],
  ["a fault", () => new Response("oops", { status: 503 }), "/x: 503"],
  ["one without content", () => new Response(null, { status: 204 }), "/x: 204"],
  ["one that is too long", () => new Response("x".repeat(11)), "too long"],
  ["a circle", () => redirect("/x"), "too many redirects"],
  ["a redirect to a file", () => redirect("file:///etc/passwd"), "not safe"],
])("%s is refused", async (_, answer, words) => {
  await using server = new StubServer(answer);
  const fetched = fetchText(`${server.url}/x?token=secret`, 10, fetching());
  await expect(fetched).rejects.toThrow(words);
  const error = await fetched.catch((caught: Error) => caught);
  expect(String(error)).not.toContain("secret");
});

test("nobody there", async () => {
  const url = (await closedUrl()).replace("http://", "http://me:secret@");
  const error = await fetchText(url, 10, fetching()).catch((caught: Error) => caught);
  expect(String(error)).toContain("connection refused");
  expect(String(error)).not.toContain("secret");
});

test("a server that falls silent in the middle is given up", async () => {
  using home = new TemporaryHome();
  // Time passes when the test says so, for what is not called off by then.
  let giveUp = () => {};
  const after = (_ms: number, work: () => void) => {
    let due = true;
    giveUp = () => due && work();
    return () => void (due = false);
  };
  const clock = { ...realClock, after };
  await using server = new StubServer(
    () => new Response(new ReadableStream({ start: (sink) => sink.enqueue(Buffer.from("half")) })),
  );
  const path = `${home.path}/file`;
  const fetched = fetchFile(`${server.url}/x`, path, 10, fetching(clock), () => giveUp());
  await expect(fetched).rejects.toThrow("no answer in time");
  await fetched.catch(() => {});
});

test("a server that drips gets no more time for a text, and for a file with each piece alone", async () => {
  using home = new TemporaryHome();
  let timers = 0;
  const clock = { ...realClock, after: () => (timers++, () => {}) };
  const dripping = (chunk: string) =>
    new Response(
      new ReadableStream({
        async start(sink) {
          for (let count = 0; count < 4; count++) {
            sink.enqueue(Buffer.from(chunk));
            await new Promise((resolve) => setImmediate(resolve));
          }
          sink.close();
        },
      }),
    );
  await using server = new StubServer((_, { pathname }) =>
    dripping("x".repeat(pathname === "/fast" ? 32 * 1024 : 1)),
  );
  await fetchText(`${server.url}/x`, 10, fetching(clock));
  await fetchFile(`${server.url}/x`, `${home.path}/slow`, 10, fetching(clock), () => {});
  expect(timers).toBe(2);
  await fetchFile(`${server.url}/fast`, `${home.path}/fast`, 1e6, fetching(clock), () => {});
  expect(timers).toBeGreaterThan(3);
});

test("a signal ends it at once, with its own reason", async () => {
  const interrupt = new AbortController();
  await using server = new StubServer(() => {
    interrupt.abort(new Interrupted("SIGINT"));
    return new Promise<Response>(() => {});
  });
  const fetched = fetchText(server.url, 10, fetching(realClock, interrupt.signal));
  await expect(fetched).rejects.toBeInstanceOf(Interrupted);
  await fetched.catch(() => {});
});

test("a file never replaces another", async () => {
  using home = new TemporaryHome();
  await using server = new StubServer(() => new Response("new"));
  const path = `${home.path}/file`;
  const progress: number[] = [];
  const sum = await fetchFile(server.url, path, 10, fetching(), (bytes) => progress.push(bytes));
  expect(sum).toBe("11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437");
  expect(progress.at(-1)).toBe(3);
  expect(existsSync(path)).toBe(true);
  await expect(fetchFile(server.url, path, 10, fetching(), () => {})).rejects.toThrow("EEXIST");
});

test("a redirect from https to http is not followed", async () => {
  const pem = (name: string) =>
    readFileSync(join(import.meta.dir, "..", "support", "tls", name), "utf8");
  await using plain = new StubServer(() => new Response("tampered with"));
  await using secure = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: pem("good.pem"), key: pem("good.key") },
    fetch: () => redirect(plain.url),
  });
  const url = `https://localhost:${secure.port}/x`;
  const router = async () => ({ tls: { ca: [pem("ca.pem")] } });
  const fetched = fetchText(url, 100, { ...fetching(), router });
  await expect(fetched).rejects.toThrow("which is not safe");
  expect(plain.requests).toEqual([]);

  const untrusted = (await fetchText(url, 100, fetching()).catch((error) => error)) as LapError;
  expect(untrusted.hint).toContain("--ca-cert");
});
