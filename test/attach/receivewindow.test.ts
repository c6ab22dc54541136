import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dlopen } from "bun:ffi";
import { fstatSync, readdirSync } from "node:fs";
import { LINUX, MACOS, type Options, ReceiveWindow } from "../../src/attach/receivewindow.ts";

const KIB = 1024;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BUF_LOCK = 72;
const LOCKED = 2;

// How macOS does it is tabled below.
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

  test("stays as it is, grows to what it may, and never shrinks", async () => {
    const window = new ReceiveWindow();
    const { fd, end } = await connected();
    const first = option(fd, SO_RCVBUF);
    window.limit(first / 2);
    expect([option(fd, SO_RCVBUF), option(fd, SO_BUF_LOCK)]).toEqual([first, LOCKED]);
    window.limit(200 * KIB);
    expect([option(fd, SO_RCVBUF), option(fd, SO_BUF_LOCK)]).toEqual([400 * KIB, LOCKED]);
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

/** A socket with these options, by their numbers; what is set to them is noted, unless it is refused. */
function socketWith(options: Record<number, number>, refused: number[] = []) {
  const made: [option: number, value: number][] = [];
  const socket: Options = {
    get: (_, option) => options[option],
    set(_, option, value) {
      if (refused.includes(option)) return;
      options[option] = value;
      made.push([option, value]);
    },
  };
  return { socket, made };
}

const [TCP_WINDOW_CLAMP, TCP_INFO] = [10, 11];
const NEAR = { [TCP_INFO]: 200, [SO_RCVBUF]: 128 * KIB, [SO_BUF_LOCK]: 0 };
const LOCKS = [SO_BUF_LOCK, LOCKED];

test.each<[name: string, options: Record<number, number>, kib: number, set: number[][]]>([
  ["what there is suffices", NEAR, 64, [LOCKS]],
  ["more", NEAR, 100, [LOCKS, [SO_RCVBUF, 100 * KIB], [TCP_WINDOW_CLAMP, 100 * KIB]]],
  [
    "more than may be set",
    NEAR,
    240,
    [LOCKS, [SO_RCVBUF, 208 * KIB], [TCP_WINDOW_CLAMP, 240 * KIB]],
  ],
  [
    "none",
    NEAR,
    Number.POSITIVE_INFINITY,
    [LOCKS, [SO_RCVBUF, 208 * KIB], [TCP_WINDOW_CLAMP, 4096 * KIB], [SO_BUF_LOCK, 0]],
  ],
  ["all that may be set is", { ...NEAR, [SO_RCVBUF]: 416 * KIB }, 240, [LOCKS, [10, 240 * KIB]]],
  ["as it had grown", { ...NEAR, [SO_RCVBUF]: 4096 * KIB }, 240, [LOCKS]],
  ["5 ms away", { ...NEAR, [TCP_INFO]: 5_000 }, 64, [LOCKS]],
  ["farther away", { ...NEAR, [TCP_INFO]: 5_001 }, 64, []],
  ["nobody knows how far away", { [SO_RCVBUF]: 128 * KIB, [SO_BUF_LOCK]: 0 }, 240, []],
  ["nobody knows how large it is", { [TCP_INFO]: 200, [SO_BUF_LOCK]: 0 }, 240, []],
])("Linux' limit: %s", (_, options, kib, set) => {
  const { socket, made } = socketWith({ ...options });
  LINUX.limit(socket, kib * KIB);
  expect(made).toEqual(set as typeof made);
});

test("nothing is set where Linux cannot be kept from letting it grow, before 5.14", () => {
  const { socket, made } = socketWith({ ...NEAR }, [SO_BUF_LOCK]);
  LINUX.limit(socket, 240 * KIB);
  expect(made).toEqual([]);
});

test.each<[name: string, options: Record<number, number>, set: number[][]]>([
  ["near by", { 0x106: 0 }, [[0x1002, 128 * KIB]]],
  ["5 ms away", { 0x106: 5 }, [[0x1002, 128 * KIB]]],
  ["farther away", { 0x106: 6 }, []],
  ["nobody knows how far", {}, []],
])("macOS' limit: %s", (_, options, set) => {
  const { socket, made } = socketWith(options);
  MACOS.limit(socket, 64 * KIB);
  expect(made).toEqual(set as typeof made);
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
