import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dlopen } from "bun:ffi";
import { fstatSync, readdirSync } from "node:fs";
import { ReceiveWindow } from "../../src/attach/receivewindow.ts";

const KIB = 1024;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BUF_LOCK = 72;
const LOCKED = 2;

// As Linux has it; macOS is told by another option, and grows and shrinks by it.
describe.skipIf(process.platform !== "linux")("what the system takes in of a connection", () => {
  let server: Bun.TCPSocketListener;

  beforeAll(() => {
    server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  });
  afterAll(() => server.stop(true));

  /** Opens a connection, and tells its descriptor. */
  async function connected(): Promise<{ fd: number; end: () => void }> {
    const before = new Set(sockets());
    const { port } = server;
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    const [fd] = sockets().filter((one) => !before.has(one));
    return { fd: fd as number, end: () => socket.terminate() };
  }

  test("stays as it is, and then grows to what it may", async () => {
    const window = new ReceiveWindow();
    const { fd, end } = await connected();
    const first = option(fd, SO_RCVBUF);
    window.limit(first / 2);
    expect([option(fd, SO_RCVBUF), option(fd, SO_BUF_LOCK)]).toEqual([first, LOCKED]);
    window.limit(200 * KIB);
    expect([option(fd, SO_RCVBUF), option(fd, SO_BUF_LOCK)]).toEqual([400 * KIB, LOCKED]);
    window.limit(4096 * KIB);
    expect([option(fd, SO_RCVBUF), option(fd, SO_BUF_LOCK)]).toEqual([416 * KIB, 0]);
    end();
  });

  test("never shrinks", async () => {
    const window = new ReceiveWindow();
    const { fd, end } = await connected();
    window.limit(200 * KIB);
    window.limit(64 * KIB);
    expect([option(fd, SO_RCVBUF), option(fd, SO_BUF_LOCK)]).toEqual([400 * KIB, LOCKED]);
    end();
  });

  test("no other connection is touched, not even one that gets its descriptor", async () => {
    const others = await connected();
    const window = new ReceiveWindow();
    const own = await connected();
    window.limit(64 * KIB);
    expect(option(own.fd, SO_BUF_LOCK)).toBe(LOCKED);
    own.end();
    const next = await connected();
    expect(next.fd).toBe(own.fd);
    window.limit(64 * KIB);
    expect([others.fd, next.fd].map((fd) => option(fd, SO_BUF_LOCK))).toEqual([0, 0]);
    others.end();
    next.end();
  });
});

function sockets(): number[] {
  return readdirSync("/dev/fd")
    .map(Number)
    .filter((fd) => {
      try {
        return fstatSync(fd).isSocket();
      } catch {
        return false;
      }
    });
}

function option(fd: number, name: number): number {
  const { symbols, close } = dlopen("libc.so.6", {
    getsockopt: { args: ["int", "int", "int", "ptr", "ptr"], returns: "int" },
  });
  const value = new Int32Array(1);
  expect(symbols.getsockopt(fd, SOL_SOCKET, name, value, Uint32Array.of(4))).toBe(0);
  close();
  return value[0] as number;
}
