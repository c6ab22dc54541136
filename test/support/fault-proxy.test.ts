import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import type { Socket, TCPSocketListener } from "bun";
import { FaultProxy } from "./fault-proxy.ts";
import type { Stage } from "./network/faults.ts";
import { waitFor } from "./wait.ts";

/** One end of a connection, and what it was told. */
class End {
  text = "";
  chunks: string[] = [];
  ended = false;
  closed = false;
  socket: Socket<End> | undefined;

  static async connect(url: string): Promise<End> {
    const end = new End();
    const { hostname, port } = new URL(url);
    const socket = await Bun.connect<End>({
      hostname,
      port: Number(port),
      allowHalfOpen: true,
      data: end,
      socket: handlers,
    });
    end.socket = socket;
    return end;
  }

  get over(): boolean {
    return this.ended || this.closed;
  }

  async has(text: string): Promise<void> {
    await waitFor(
      () => this.text.includes(text),
      () => `${text} in ${this.text}`,
    );
  }
}

const handlers = {
  data(socket: Socket<End>, bytes: Uint8Array) {
    const text = Buffer.from(bytes).toString();
    socket.data.chunks.push(text);
    socket.data.text += text;
  },
  end: (socket: Socket<End>) => void (socket.data.ended = true),
  close: (socket: Socket<End>) => void (socket.data.closed = true),
  error() {},
};

const list = (word: string) => `GET /agents?${word} HTTP/1.1\r\nHost: x\r\n\r\n`;
const poll = (word: string) => `GET /sessions/${word} HTTP/1.1\r\nHost: x\r\n\r\n`;

let server: TCPSocketListener<End>;
let accepted: End[];
let proxy: FaultProxy;

beforeEach(() => {
  accepted = [];
  server = Bun.listen<End>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      ...handlers,
      open(socket) {
        const end = new End();
        end.socket = socket;
        socket.data = end;
        accepted.push(end);
      },
    },
  });
  proxy = new FaultProxy(server.port);
});

afterEach(() => {
  proxy[Symbol.dispose]();
  server.stop(true);
});

/** A client and the server's end of its connection, after a request has gone through. */
async function connected(): Promise<[client: End, upstream: End]> {
  const client = await End.connect(proxy.url);
  const word = `from-${client.socket?.localPort}`;
  client.socket?.write(list(word));
  const reached = () => accepted.find(({ text }) => text.includes(word));
  await waitFor(() => reached() !== undefined, "the server to be reached");
  return [client, reached() as End];
}

async function refused(): Promise<void> {
  await waitFor(async () => {
    const outcome = await End.connect(proxy.url).catch(({ code }) => code);
    return outcome === "ECONNREFUSED";
  }, "a connection to be refused");
}

describe("without a fault", () => {
  test("both ways go through, and ends are passed on one by one", async () => {
    const [client, upstream] = await connected();
    upstream.socket?.write("answer");
    await client.has("answer");
    client.socket?.shutdown();
    await waitFor(() => upstream.ended, "the server to see the client's end");
    upstream.socket?.write("afterwards");
    await client.has("afterwards");
    upstream.socket?.end();
    await waitFor(() => client.over && proxy.open === 0, "the end of both");
  });

  test("the server is asked under its own name", async () => {
    const [, upstream] = await connected();
    expect(upstream.text).toContain(`Host: 127.0.0.1:${server.port}\r\n`);
  });

  test("tells of each stage, of a granted upgrade before anything was sent on it", async () => {
    const stages: Stage[] = [];
    proxy.onStage = (stage) => void stages.push(stage);
    const [client, upstream] = await connected();
    client.socket?.write(poll("s-1"));
    client.socket?.write("GET /tty HTTP/1.1\r\nHost: x\r\n\r\n");
    await upstream.has("/tty");
    upstream.socket?.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    await client.has("101");
    client.socket?.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    await waitFor(() => stages.at(-1) === "detaching", "the farewell");
    expect(stages).toEqual(["list", "poll", "upgrade", "attached", "detaching"]);
  });

  test("a server that is not there resets the client", async () => {
    server.stop(true);
    const client = await End.connect(proxy.url);
    await waitFor(() => client.closed && proxy.open === 0, "the end");
  });

  test("a client that is reset is passed on as an end", async () => {
    const [client, upstream] = await connected();
    client.socket?.terminate();
    await waitFor(() => upstream.over, "the server to see it");
    upstream.socket?.end();
    await waitFor(() => proxy.open === 0, "the end of both");
  });

  test("more than a socket takes at once arrives whole", async () => {
    const [client, upstream] = await connected();
    const bytes = Buffer.alloc(8 * 1024 * 1024, "abcdefghijklmnopqrstuvwxyz");
    let sent = 0;
    await waitFor(() => {
      sent += upstream.socket?.write(bytes.subarray(sent)) ?? 0;
      return sent === bytes.length;
    }, "the server to be rid of it");
    await waitFor(() => client.text.length >= bytes.length, "all of it");
    expect(client.text === bytes.toString()).toBe(true);
  });
});

describe("refuse", () => {
  test("closes what is open, refuses what comes, and is over on the same port", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "refuse" });
    await waitFor(() => client.over && upstream.over, "both ends");
    await refused();
    proxy.clear();
    await connected();
  });

  test("keeps its port from proxies that are made meanwhile", async () => {
    using random = spyOn(Math, "random").mockReturnValue(0.5).mockReturnValueOnce(0.25);
    using first = new FaultProxy(server.port);
    random.mockReturnValueOnce(0.25);
    first.set({ kind: "refuse" });
    using second = new FaultProxy(server.port);
    expect(second.url).not.toBe(first.url);
  });

  test("can be over before it was noticed", async () => {
    proxy.set({ kind: "refuse" });
    proxy.clear();
    await connected();
  });

  test("at a stage begins with its first request, which does not go on", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "refuse" }, { at: "poll" });
    client.socket?.write(list("second"));
    await upstream.has("second");
    client.socket?.write(poll("third"));
    await waitFor(() => client.over, "the client's end");
    await refused();
    expect([proxy.hits, upstream.text.includes("third")]).toEqual([1, false]);
  });
});

describe("cut", () => {
  test("by an end: what came before it, both ways, still goes on", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "stall", way: "to-client" });
    upstream.socket?.write("answer");
    await waitFor(() => proxy.hits > 0, "the answer to wait");
    proxy.set({ kind: "cut", by: "fin" });
    await waitFor(() => client.ended, "the client's end");
    expect(client.text).toBe("answer");
    client.socket?.write(list("last words"));
    client.socket?.end();
    await waitFor(() => upstream.ended, "the server's end");
    expect(upstream.text).toContain("last words");
  });

  test("by a reset: at once", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "cut", by: "reset" });
    await waitFor(() => client.closed && upstream.closed, "both ends");
    expect([client.ended, proxy.open]).toEqual([false, 0]);
    await connected();
  });

  test.each(["fin", "reset"] as const)("by a %s at a stage, so many times", async (by) => {
    proxy.set({ kind: "cut", by }, { at: "poll", times: 2 });
    for (const word of ["first", "second", "third"]) {
      const client = await End.connect(proxy.url);
      client.socket?.write(poll(word));
      if (word !== "third") await waitFor(() => client.over, "the end");
    }
    await waitFor(() => accepted.at(-1)?.text.includes("third") === true, "the third one");
    expect(accepted.map(({ text }) => text).join("")).not.toMatch(/first|second/);
    expect(proxy.hits).toBe(2);
  });

  test("at the answer: the request has gone through, the answer does not", async () => {
    proxy.set({ kind: "cut", by: "fin", on: "to-client" }, { at: "list" });
    const [client, upstream] = await connected();
    upstream.socket?.write("answer");
    await waitFor(() => client.over && upstream.over, "both ends");
    expect(client.text).toBe("");
  });
});

describe("stall", () => {
  test.each(["to-server", "to-client"] as const)("%s: held, then all in order", async (way) => {
    const [client, upstream] = await connected();
    const [source, sink] = way === "to-server" ? [client, upstream] : [upstream, client];
    const before = sink.text;
    proxy.set({ kind: "stall", way });
    source.socket?.write(list("one"));
    await waitFor(() => proxy.hits > 0, "the first to wait");
    source.socket?.write(list("two"));
    source.socket?.shutdown();
    sink.socket?.write(list("back"));
    await source.has("back");
    expect([sink.text, sink.ended]).toEqual([before, false]);
    proxy.clear();
    await waitFor(() => sink.ended, "the end");
    expect(sink.text.indexOf("one")).toBeLessThan(sink.text.indexOf("two"));
  });

  test("a source that goes on is held back", async () => {
    const [, upstream] = await connected();
    proxy.set({ kind: "stall", way: "to-client" });
    const chunk = Buffer.alloc(1024 * 1024);
    let taken = 0;
    let last = -1;
    await waitFor(async () => {
      last = taken;
      taken += upstream.socket?.write(chunk) ?? 0;
      await Bun.sleep(1);
      return last === taken && taken > 0;
    }, "the source to be stuck");
    expect(taken).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("drop", () => {
  test("nothing goes through, nothing is said, and what was open stays dead", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "drop" });
    const during = await End.connect(proxy.url);
    for (const end of [client, during]) end.socket?.write(list("lost"));
    upstream.socket?.write("lost");
    proxy.clear();
    const [after] = await connected();
    client.socket?.write(list("lost"));
    client.socket?.shutdown();
    accepted.at(-1)?.socket?.write("answer");
    await after.has("answer");
    expect([client.text, during.text, accepted.length]).toEqual(["", "", 2]);
    expect(upstream.text).not.toContain("lost");
    expect([client, during, upstream].map(({ over }) => over)).toEqual([false, false, false]);
  });

  test("at a stage", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "drop" }, { at: "poll" });
    client.socket?.write(list("second"));
    await upstream.has("second");
    client.socket?.write(poll("third"));
    await waitFor(() => proxy.hits > 0, "the fault");
    expect([client.over, upstream.text.includes("third")]).toEqual([false, false]);
  });
});

describe("delay", () => {
  test("is at least that long each way, with a connection's handshake, and in order", async () => {
    proxy.set({ kind: "delay", ms: 20 });
    const start = performance.now();
    const [client, upstream] = await connected();
    // The handshake's two ways and the request's one.
    expect(performance.now() - start).toBeGreaterThanOrEqual(60 - 1);
    const asked = performance.now();
    for (let word = 0; word < 50; word++) upstream.socket?.write(`${word},`);
    upstream.socket?.shutdown();
    await waitFor(() => client.ended, "the end");
    expect(performance.now() - asked).toBeGreaterThanOrEqual(20 - 1);
    expect(client.text).toBe(Array.from({ length: 50 }, (_, word) => `${word},`).join(""));
  });
});

test("split: every byte its own chunk", async () => {
  const [client, upstream] = await connected();
  proxy.set({ kind: "split" });
  upstream.socket?.write("0123456789");
  upstream.socket?.shutdown();
  await waitFor(() => client.ended, "the end");
  expect(client.text).toBe("0123456789");
  // The kernel may join a few.
  expect(client.chunks.length).toBeGreaterThan(5);
});

test("merge: what comes in a moment is one chunk", async () => {
  const [client, upstream] = await connected();
  proxy.set({ kind: "merge" });
  for (const digit of "0123456789") {
    upstream.socket?.write(digit);
    await new Promise((resolve) => setImmediate(resolve));
  }
  upstream.socket?.shutdown();
  await waitFor(() => client.ended, "the end");
  expect(client.text).toBe("0123456789");
  expect(client.chunks.length).toBeLessThan(3);
});

describe("half-close", () => {
  test("to the server: the request goes on, then its end; the answer comes", async () => {
    proxy.set({ kind: "half-close", way: "to-server" }, { at: "list" });
    const [client, upstream] = await connected();
    await waitFor(() => upstream.ended, "the server's end");
    upstream.socket?.write("answer");
    await client.has("answer");
    expect(client.over).toBe(false);
  });

  test("to the client: now, while the other way stays open", async () => {
    const [client, upstream] = await connected();
    proxy.set({ kind: "half-close", way: "to-client" });
    await waitFor(() => client.ended, "the client's end");
    client.socket?.write(list("second"));
    await upstream.has("second");
    expect(upstream.over).toBe(false);
  });
});

describe("nothing is left once it is disposed of", () => {
  test.each([
    ["well", undefined],
    ["held", { kind: "stall", way: "to-client" }],
    ["dropped", { kind: "drop" }],
    ["late", { kind: "delay", ms: 1000 }],
    ["in bytes", { kind: "split" }],
  ] as const)("%s", async (_name, fault) => {
    const [client, upstream] = await connected();
    if (fault) proxy.set(fault);
    upstream.socket?.write("answer".repeat(1000));
    client.socket?.write(list("second"));
    const connecting = End.connect(proxy.url).catch(() => {});
    proxy[Symbol.dispose]();
    await waitFor(() => client.closed && upstream.closed, "both ends");
    await connecting;
    await refused();
    await waitFor(() => proxy.open === 0, "every connection to be over");
    await waitFor(() => accepted.every((end) => end.closed), "the server's ends");
  });
});
