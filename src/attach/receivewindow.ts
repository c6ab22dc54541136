import { fstatSync, readdirSync } from "node:fs";
import { UNLIMITED } from "./window.ts";

/** The options of one socket. */
export interface Options {
  /** The 32-bit word of an option's value that begins at this byte; undefined where there is none. */
  get(level: number, option: number, at?: number): number | undefined;
  set(level: number, option: number, value: number): void;
}

interface System {
  library: string;
  /** As `Transport.limit`. */
  limit(socket: Options, bytes: number): void;
}

/**
 * Over a longer way a system lets its buffer grow by what is read in a round trip, and so by the terminal's
 * pace. Kept from that, it would grow no more, ever: Linux looks for more than was ever read in one.
 */
const NEAR_MS = 5;

/** What Linux lets anybody set a buffer to, where nobody has changed that. Room behind it makes it grow on. */
const MOST_SET_BYTES = 208 * 1024;
/** What systems let a buffer grow to, more or less. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Since 5.14. musl takes any name that begins with `libc.` for itself. */
export const LINUX: System = {
  library: "libc.so.6",
  limit({ get, set }, bytes) {
    const [SOL_SOCKET, SO_RCVBUF, SO_BUF_LOCK, SOCK_RCVBUF_LOCK] = [1, 8, 72, 2];
    const [IPPROTO_TCP, TCP_WINDOW_CLAMP, TCP_INFO, MIN_RTT_US] = [6, 10, 11, 148];
    const roundTripUs = get(IPPROTO_TCP, TCP_INFO, MIN_RTT_US);
    const buffer = get(SOL_SOCKET, SO_RCVBUF);
    if (buffer === undefined || roundTripUs === undefined) return;
    if (roundTripUs > NEAR_MS * 1000) return;
    set(SOL_SOCKET, SO_BUF_LOCK, SOCK_RCVBUF_LOCK);
    if (get(SOL_SOCKET, SO_BUF_LOCK) !== SOCK_RCVBUF_LOCK) return;
    // Half of it is for book-keeping (socket(7)).
    const room = buffer / 2;
    if (room >= bytes) return;
    // Never less than it is: Linux would drop what the sender was promised room for, and the connection
    // stand still for as long as lap had paused (measured).
    const settable = Math.min(bytes, MOST_SET_BYTES);
    if (room < settable) set(SOL_SOCKET, SO_RCVBUF, settable);
    set(IPPROTO_TCP, TCP_WINDOW_CLAMP, Math.min(bytes, MOST_BYTES));
    if (bytes === UNLIMITED) set(SOL_SOCKET, SO_BUF_LOCK, 0);
  },
};

/** Takes nothing back that was promised (`recwin` in xnu's tcp_output.c). */
export const MACOS: System = {
  library: "libSystem.B.dylib",
  limit({ get, set }, bytes) {
    const [SOL_SOCKET, SO_RCVBUF] = [0xffff, 0x1002];
    const [IPPROTO_TCP, TCP_CONNECTION_INFO, SRTT_MS] = [6, 0x106, 44];
    const roundTripMs = get(IPPROTO_TCP, TCP_CONNECTION_INFO, SRTT_MS);
    if (roundTripMs === undefined || roundTripMs > NEAR_MS) return;
    set(SOL_SOCKET, SO_RCVBUF, Math.min(2 * bytes, MOST_BYTES));
  },
};

const SYSTEM = process.platform === "darwin" ? MACOS : LINUX;

let optionsOf: ((descriptor: number) => Options) | undefined;

/**
 * What the system takes in of a connection ahead of lap. It grows by how fast it is read, near by to 13 MB
 * (measured). Where it cannot be kept from that, nothing changes.
 */
export class ReceiveWindow {
  /** Sockets that are not the connection's: Bun does not say which one is. */
  readonly #others: ReadonlySet<string>;
  #own: Map<number, string> | undefined;

  /** To be made before the connection is. */
  constructor() {
    this.#others = new Set(sockets().values());
  }

  /** As `Transport.limit`. */
  limit(bytes: number): void {
    optionsOf ??= load();
    this.#own ??= new Map([...sockets()].filter(([, name]) => !this.#others.has(name)));
    for (const [descriptor, name] of this.#own) {
      if (socketName(descriptor) === name) SYSTEM.limit(optionsOf(descriptor), bytes);
    }
  }
}

/** Takes 1.6 MiB of memory, so not before it is needed. Bun has no such calls but by this way. */
function load(): (descriptor: number) => Options {
  try {
    const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
    const { symbols } = dlopen(SYSTEM.library, {
      getsockopt: { args: ["int", "int", "int", "ptr", "ptr"], returns: "int" },
      setsockopt: { args: ["int", "int", "int", "ptr", "u32"], returns: "int" },
    });
    return (descriptor) => ({
      get(level, option, at = 0) {
        const [value, length] = [new Uint32Array(64), Uint32Array.of(256)];
        const failed = symbols.getsockopt(descriptor, level, option, value, length) !== 0;
        return failed || length[0]! < at + 4 ? undefined : value[at / 4];
      },
      set(level, option, value) {
        symbols.setsockopt(descriptor, level, option, Int32Array.of(value), 4);
      },
    });
  } catch {
    return () => ({ get: () => undefined, set() {} }); // there is no such library
  }
}

/** The descriptors of this process's sockets, with their names; none where the system does not say. */
function sockets(): Map<number, string> {
  const found = new Map<number, string>();
  try {
    for (const descriptor of readdirSync("/dev/fd").map(Number)) {
      const name = socketName(descriptor);
      if (name !== undefined) found.set(descriptor, name);
    }
  } catch {
    // there is no such folder
  }
  return found;
}

/** What tells a socket from one that gets its descriptor later; undefined where it is none. */
function socketName(descriptor: number): string | undefined {
  try {
    const stat = fstatSync(descriptor);
    return stat.isSocket() ? `${descriptor}:${stat.ino}` : undefined;
  } catch {
    return undefined; // it is closed: that of the listing itself, for one
  }
}
