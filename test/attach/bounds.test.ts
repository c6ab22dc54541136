import { expect, test } from "bun:test";
import { connectSocket } from "../../src/attach/socket.ts";
import type { TransportEnd } from "../../src/attach/transport.ts";
import { pour, RawServer } from "../support/raw-server.ts";
import { acceptUpgrade } from "../support/upgrade.ts";
import { waitFor } from "../support/wait.ts";
import { Secret } from "../../src/net/secret.ts";

const never = new AbortController().signal;

/** The head of a binary frame of so many bytes. */
function frameOf(bytes: number): Buffer {
  const head = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

test("a frame of 10 MB arrives whole", async () => {
  await using server = await RawServer.start((socket, head) => {
    acceptUpgrade(socket, head);
    socket.write(frameOf(10_000_000));
    socket.write(Buffer.alloc(10_000_000, "x"));
  });
  let received = 0;
  const listeners = {
    onData: (bytes: Uint8Array) => void (received += bytes.length),
    onPong() {},
    onEnd() {},
  };
  const transport = await connectSocket(
    { url: server.url.replace("http", "ws"), token: new Secret("t") },
    listeners,
    never,
  );
  await waitFor(() => received === 10_000_000, "the frame");
  transport.terminate();
});

test("a frame that no memory holds ends the connection with a reason, unread", async () => {
  let written = 0;
  await using server = await RawServer.start((socket, head) => {
    acceptUpgrade(socket, head);
    socket.write(frameOf(8 * 2 ** 30));
    pour(socket, Buffer.alloc(64 * 1024), (bytes) => (written += bytes));
  });
  let end: TransportEnd | undefined;
  const listeners = { onData() {}, onPong() {}, onEnd: (how: TransportEnd) => void (end = how) };
  await connectSocket(
    { url: server.url.replace("http", "ws"), token: new Secret("t") },
    listeners,
    never,
  );
  await waitFor(() => end !== undefined, "the end");
  expect(end).toEqual({ code: 1009, reason: "a message was too big" });
  await waitFor(() => server.open === 0, "the connection to be closed");
  expect(written).toBeLessThan(512 * 2 ** 20);
});

test("a flood of tiny frames leaves each turn of the event loop to others soon, and loses none", async () => {
  const FRAMES = 1_000_000;
  const frame = Buffer.from([0x82, 1, 0x78]);
  await using server = await RawServer.start((socket, head) => {
    acceptUpgrade(socket, head);
    socket.write(Buffer.alloc(FRAMES * frame.length, frame));
    socket.end(Buffer.from([0x88, 2, 0x03, 0xe8]));
  });
  let [received, calls, inTurn, most] = [0, 0, 0, 0];
  let end: TransportEnd | undefined;
  const onData = (bytes: Uint8Array) => {
    received += bytes.length;
    calls++;
    if (inTurn === 0) setImmediate(() => (inTurn = 0));
    inTurn += bytes.length;
    most = Math.max(most, inTurn);
  };
  const onEnd = (how: TransportEnd) => void (end = how);
  await connectSocket(
    { url: server.url.replace("http", "ws"), token: new Secret("t") },
    { onData, onPong() {}, onEnd },
    never,
  );
  await waitFor(() => end !== undefined, "the end");
  expect([received, end?.code]).toEqual([FRAMES, 1000]);
  // What the kernel gives at once is some 170 000 of them.
  expect(most).toBeLessThan(FRAMES / 2);
  expect(calls).toBeLessThan(FRAMES / 50);
});

test("pings go out while nothing is read, and their answers wait", async () => {
  let pings = 0;
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, it) => (it.upgrade(request) ? undefined : new Response(null, { status: 400 })),
    websocket: { sendPings: false, message() {}, ping: () => void pings++ },
  });
  const answers: number[] = [];
  const transport = await connectSocket(
    { url: `ws://127.0.0.1:${server.port}/tty`, token: new Secret("t") },
    { onData() {}, onPong: (id) => void answers.push(id), onEnd() {} },
    never,
  );
  transport.pause();
  for (const id of [0, 0, 7]) transport.ping(id);
  await waitFor(() => pings === 3, "the pings");
  expect(answers).toEqual([]);
  transport.resume();
  await waitFor(() => answers.length === 3, "the answers");
  expect(answers).toEqual([0, 0, 7]);
  transport.terminate();
});

test("an upgrade whose headers do not end is refused", async () => {
  await using server = await RawServer.start((socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nX-Long: ");
    pour(socket, Buffer.alloc(1024, "x"), () => {});
  });
  const listeners = { onData() {}, onPong() {}, onEnd() {} };
  const url = server.url.replace("http", "ws");
  await expect(connectSocket({ url, token: new Secret("t") }, listeners, never)).rejects.toThrow(
    "has headers without end",
  );
});
