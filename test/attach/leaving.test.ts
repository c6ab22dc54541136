import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import type { Socket } from "node:net";
import { connectSocket } from "../../src/attach/socket.ts";
import type { Transport } from "../../src/attach/transport.ts";
import { Secret } from "../../src/net/secret.ts";
import { RawServer } from "../support/raw-server.ts";
import { acceptUpgrade } from "../support/upgrade.ts";
import { waitFor } from "../support/wait.ts";

const CLOSE_TIMEOUT_MS = 1_000;
/** How a client's frames begin: one with a key in it, and a close. */
const KEY = Buffer.from([0x82, 0x81]);
const CLOSE = Buffer.from([0x88, 0x80]);
/** With its mask. */
const CLOSE_BYTES = 6;
const CLOSED = Buffer.from([0x88, 2, 0x03, 0xe8]);
const FRAME = Buffer.from([0x82, 1, 0x78]);
const UNREAD_FRAMES = 100_000;

/** The timers of what takes no longer than that: none of them runs by itself. */
const bounds: (() => void)[] = [];
let timers: Mock<typeof setTimeout>;

beforeEach(() => {
  bounds.length = 0;
  const timer = setTimeout;
  timers = spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms?: number) => {
    if (ms !== CLOSE_TIMEOUT_MS) return timer(work, ms);
    bounds.push(work);
    return undefined;
  }) as typeof setTimeout);
});

afterEach(() => timers.mockRestore());

function join(server: RawServer): Promise<Transport> {
  const url = server.url.replace("http", "ws");
  const listeners = { onData() {}, onPong() {}, onEnd() {} };
  return connectSocket({ url, token: new Secret("t") }, listeners, new AbortController().signal);
}

/** A sandbox that has something to say, and what it has heard. */
class Sandbox implements AsyncDisposable {
  heard = Buffer.alloc(0);
  faults = 0;
  readonly #server: RawServer;

  private constructor(server: RawServer) {
    this.#server = server;
  }

  /** @param answers whether it answers a close. */
  static async start({ answers }: { answers: boolean }): Promise<Sandbox> {
    const server = await RawServer.start((socket, head) => {
      acceptUpgrade(socket, head);
      socket.write(Buffer.alloc(UNREAD_FRAMES * FRAME.length, FRAME));
      const onData = (bytes: Buffer) => {
        sandbox.heard = Buffer.concat([sandbox.heard, bytes]);
        if (answers && sandbox.closing) socket.write(CLOSED);
      };
      socket.on("data", onData);
      socket.on("error", () => sandbox.faults++);
    });
    const sandbox = new Sandbox(server);
    return sandbox;
  }

  get closing(): boolean {
    return this.heard.subarray(-CLOSE_BYTES).indexOf(CLOSE) === 0;
  }

  get connected(): boolean {
    return this.#server.open > 0;
  }

  join(): Promise<Transport> {
    return join(this.#server);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

test("what was typed last arrives, though what the sandbox said is not read any more", async () => {
  await using sandbox = await Sandbox.start({ answers: true });
  const transport = await sandbox.join();
  transport.pause();
  transport.sendInput(Buffer.from("k"));
  transport.close();
  await waitFor(() => !sandbox.connected, "the end of the connection");
  expect(sandbox.heard.indexOf(KEY)).toBe(0);
  expect([sandbox.closing, sandbox.faults]).toEqual([true, 0]);
});

// Half of a paste was cut off, and nobody told.
test("what a sandbox that does not read has not taken by then is told", async () => {
  const chunk = Buffer.alloc(64 * 1024, "k");
  const chunks = 256;
  let peer: Socket | undefined;
  await using server = await RawServer.start((socket, head) => {
    acceptUpgrade(socket, head);
    socket.pause();
    peer = socket;
  });
  const transport = await join(server);
  for (let sent = 0; sent < chunks; sent++) transport.sendInput(chunk);
  const cut = transport.close();
  bounds[0]?.();
  let heard = 0;
  peer?.on("data", (bytes: Buffer) => (heard += bytes.length));
  peer?.resume();
  await waitFor(() => server.open === 0, "the end of the connection");
  const header = 14;
  expect(heard + (await cut)).toBe(chunks * (chunk.length + header));
  expect(await cut).toBeGreaterThan(chunk.length);
});

test("a connection that has taken all cuts nothing off", async () => {
  await using sandbox = await Sandbox.start({ answers: true });
  const transport = await sandbox.join();
  transport.sendInput(Buffer.from("k"));
  expect(await transport.close()).toBe(0);
});

test("a sandbox that does not answer is not waited for longer than that", async () => {
  await using sandbox = await Sandbox.start({ answers: false });
  const transport = await sandbox.join();
  transport.close();
  await waitFor(() => sandbox.closing, "the close");
  expect([sandbox.connected, bounds.length]).toEqual([true, 1]);
  bounds[0]?.();
  await waitFor(() => !sandbox.connected, "the end of the connection");
});
