import { describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { createClient } from "../../src/api/client.ts";
import { PlatformUnreachable } from "../../src/api/errors.ts";
import { Interrupted } from "../../src/errors.ts";
import { pour, RawServer } from "../support/raw-server.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";
import { realClock } from "../support/world.ts";

const KEY = "sk-test-0123456789";
const OK = "HTTP/1.1 200 OK\r\n";
const MEBIBYTE = 1024 * 1024;

/** What a request for a list ends with. */
async function asked(url: string, options: { signal?: AbortSignal; timeoutMs?: number } = {}) {
  const client = createClient({ base: url, key: KEY });
  return client.request("/agents", { ...options, what: "agent list" }).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
}

describe("an answer without end, or without measure, is given up", () => {
  let written = 0;
  const pouring = (start: string, chunk: string) => (socket: Socket) => {
    socket.write(start);
    pour(socket, Buffer.from(chunk), (bytes) => (written += bytes));
  };
  const chunk = `${(64 * 1024).toString(16)}\r\n${" ".repeat(64 * 1024)}\r\n`;
  const bomb = gzipSync(Buffer.alloc(64 * MEBIBYTE, " "));

  test.each<[string, (socket: Socket) => void, string]>([
    ["headers", pouring(OK, `X-More: ${"x".repeat(1000)}\r\n`), "has headers without end"],
    ["one header", pouring(`${OK}X-Long: `, "x".repeat(1000)), "has headers without end"],
    ["a body in chunks", pouring(`${OK}Transfer-Encoding: chunked\r\n\r\n`, chunk), "32 MiB"],
    ["a body", pouring(`${OK}\r\n`, " ".repeat(64 * 1024)), "answered with more than 32 MiB"],
    [
      "JSON that says to be 10 GB",
      pouring(`${OK}Content-Length: 10485760000\r\n\r\n`, `"${"x".repeat(1000)}",`),
      "answered with more than 32 MiB",
    ],
    [
      "a bomb of gzip",
      (socket) => {
        const head = `${OK}Content-Encoding: gzip\r\nContent-Length: ${bomb.length + 1}\r\n\r\n`;
        socket.write(Buffer.concat([Buffer.from(head), bomb]));
      },
      "answered with more than 32 MiB",
    ],
    ["a nesting", pouring(`${OK}Content-Length: 1048576\r\n\r\n`, "[".repeat(1024)), "200 levels"],
    [
      "values",
      pouring(`${OK}Content-Length: 3145728\r\n\r\n[`, "{},".repeat(1024)),
      "more than 500000 values",
    ],
  ])("%s", async (_, answer, words) => {
    written = 0;
    await using server = await RawServer.start(answer);
    const { error } = await asked(server.url);
    expect(error).toBeInstanceOf(PlatformUnreachable);
    expect((error as Error).message).toContain(words);
    // It is not read on behind lap's back, and was not held for long.
    await waitFor(() => server.open === 0, "the connection to be closed");
    expect(written).toBeLessThan(512 * MEBIBYTE);
  });

  test("what is less is read, in many pieces", async () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `agent ${index} — é`);
    await using server = new StubServer(() => Response.json(names));
    expect((await asked(server.url)).value).toEqual(names);
  });

  test("what only looks like nesting is text", async () => {
    const text = `${"[{".repeat(1_000)}\\"${",".repeat(600_000)}`;
    await using server = new StubServer(() => Response.json([text]));
    expect((await asked(server.url)).value).toEqual([text]);
  });

  test("a failure nested without end is told by its status", async () => {
    const nested = "[".repeat(100_000) + "]".repeat(100_000);
    await using server = new StubServer(() => new Response(nested, { status: 500 }));
    expect((await asked(server.url)).error).toHaveProperty("message", "agent list failed: 500");
  });

  test("a failure of that kind is told by its status", async () => {
    const answer = pouring("HTTP/1.1 500 Oops\r\n\r\n", " ".repeat(64 * 1024));
    await using server = await RawServer.start(answer);
    expect((await asked(server.url)).error).toHaveProperty("message", "agent list failed: 500");
  });
});

describe("an answer that is packed", () => {
  const packed = gzipSync(JSON.stringify(["é"]));
  const answering = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
    new StubServer(() => new Response(body, { headers: { "content-encoding": encoding } }));

  test("is unpacked", async () => {
    await using server = answering(packed, "gzip");
    expect((await asked(server.url)).value).toEqual(["é"]);
  });

  test.each<[string, Uint8Array<ArrayBuffer>, string]>([
    ["not as it says", Buffer.from("[]"), "gzip"],
    ["only in part", packed.subarray(0, -10), "gzip"],
    ["as nobody asked", packed, "br"],
  ])("%s is told in words", async (_, body, encoding) => {
    await using server = answering(body, encoding);
    const { error } = await asked(server.url);
    const words = `${server.url} answered with something that cannot be unpacked`;
    expect(error).toHaveProperty("message", words);
  });
});

describe("an answer that does not come to its end", () => {
  const SLOW: [string, string][] = [
    ["after the connection", ""],
    ["amid the headers", "HTTP/1.1 200 OK\r\nX-Slow: "],
    ["before the body", `${OK}Content-Length: 100\r\n\r\n`],
    ["amid the body", `${OK}Content-Length: 100\r\n\r\n{"data": [`],
  ];

  test.each(SLOW)("%s: Ctrl-C ends it", async (_, start) => {
    const interrupt = new AbortController();
    const reason = new Interrupted("SIGINT");
    await using server = await RawServer.start((socket) => {
      socket.write(start);
      setImmediate(() => interrupt.abort(reason));
    });
    expect((await asked(server.url, { signal: interrupt.signal })).error).toBe(reason);
    await waitFor(() => server.open === 0, "the connection to be closed");
  });

  test.each(SLOW)("%s: its time ends it", async (_, start) => {
    await using server = await RawServer.start((socket) => void socket.write(start));
    const { error } = await asked(server.url, { timeoutMs: 50 });
    expect(error).toHaveProperty("message", `cannot reach ${server.url}: no answer in time`);
  });

  test("one that drips: its time is that of all of it", async () => {
    let drip: Timer | undefined;
    await using server = await RawServer.start((socket) => {
      socket.write(`${OK}Content-Length: 1000000\r\n\r\n`);
      drip = setInterval(() => socket.destroyed || socket.write(" "), 1);
    });
    const { error } = await asked(server.url, { timeoutMs: 100 });
    clearInterval(drip);
    expect(error).toHaveProperty("message", `cannot reach ${server.url}: no answer in time`);
  });
});

describe("a read", () => {
  const ask = (url: string, options: { method?: "POST" | "DELETE"; once?: boolean } = {}) =>
    createClient({ base: url, key: KEY }, { clock: realClock }).request("/agents", {
      ...options,
      what: "x",
    });
  /** Fails so often before it answers. */
  const failing = (times: number, fail: () => Response) => {
    let asked = 0;
    return new StubServer(() => (asked++ < times ? fail() : Response.json("there")));
  };

  test.each([502, 503, 504])("is tried again after a %d", async (status) => {
    await using server = failing(2, () => page(status));
    expect(await ask(server.url)).toBe("there");
    expect(server.requests).toHaveLength(3);
  });

  test("is tried again after a connection that was lost, without a word or amid its answer", async () => {
    const answers = ["", `${OK}Content-Length: 100\r\n\r\n{`, `${OK}Content-Length: 2\r\n\r\n{}`];
    await using server = await RawServer.start((socket) => void socket.end(answers.shift() ?? ""));
    expect(await ask(server.url)).toEqual({});
    expect(server.requests).toHaveLength(3);
  });

  test("is not tried for ever", async () => {
    await using server = failing(Infinity, () => failure(503, "no"));
    await expect(ask(server.url)).rejects.toThrow("x failed: 503 — no");
    expect(server.requests).toHaveLength(4);
  });

  test.each<[string, () => Response]>([
    ["a refusal", () => failure(401, "unauthorized")],
    ["a fault of the platform's own", () => failure(500, "internal error")],
    ["too many requests", () => failure(429, "slow down")],
    ["what is missing", () => failure(404, "not found")],
    ["a redirect", () => Response.redirect("https://elsewhere.dev/", 302)],
    ["a web page", () => page(200)],
  ])("is not tried again after %s", async (_, answer) => {
    await using server = new StubServer(answer);
    await ask(server.url).catch(() => {});
    expect(server.requests).toHaveLength(1);
  });

  test.each([{ method: "POST" as const }, { method: "DELETE" as const }, { once: true }])(
    "is not tried again where it is none, or the caller does so: %j",
    async (options) => {
      await using server = failing(Infinity, () => page(502));
      await ask(server.url, options).catch(() => {});
      await using closing = await RawServer.start((socket) => void socket.end());
      await ask(closing.url, options).catch(() => {});
      expect([server.requests.length, closing.requests.length]).toEqual([1, 1]);
    },
  );

  test("that waits for another try is ended by Ctrl-C", async () => {
    const interrupt = new AbortController();
    const reason = new Interrupted("SIGINT");
    await using server = failing(Infinity, () => page(502));
    const clock = {
      ...realClock,
      sleep: (_ms: number, signal?: AbortSignal) => {
        interrupt.abort(reason);
        return realClock.sleep(0, signal);
      },
    };
    const client = createClient({ base: server.url, key: KEY }, { clock });
    const { signal } = interrupt;
    const error = await client.request("/x", { signal, what: "x" }).catch((fault) => fault);
    expect([error, server.requests.length]).toEqual([reason, 1]);
  });
});
