import { fstatSync, readdirSync } from "node:fs";

/** The options of one socket. */
interface Options {
  /** Undefined where there is no such option. */
  get(level: number, option: number): number | undefined;
  /** Answers whether there is such an option. */
  set(level: number, option: number, value: number): boolean;
}

interface System {
  library: string;
  limit(socket: Options, bytes: number): void;
}

/** What Linux lets anybody set a buffer to, as a rule; and what is left to grow by itself, often to twice that. */
const MOST_SET_BYTES = 208 * 1024;
const MOST_EXACT_BYTES = 512 * 1024;

/** Linux, since 5.14. musl takes any name that begins with `libc.` for itself. */
const LINUX: System = {
  library: "libc.so.6",
  limit({ get, set }, bytes) {
    const [SOL_SOCKET, SO_RCVBUF, SO_BUF_LOCK, SOCK_RCVBUF_LOCK] = [1, 8, 72, 2];
    const [IPPROTO_TCP, TCP_WINDOW_CLAMP] = [6, 10];
    if (!set(SOL_SOCKET, SO_BUF_LOCK, SOCK_RCVBUF_LOCK)) return;
    // Half of it is for book-keeping (socket(7)).
    const room = (get(SOL_SOCKET, SO_RCVBUF) ?? 0) / 2;
    if (room >= bytes) return;
    // Never less than it is: Linux would drop what the sender was promised room for, and the connection
    // stand still for as long as lap had paused (measured). And Linux lets grow what already does.
    const settable = Math.min(bytes, MOST_SET_BYTES);
    if (room < settable) set(SOL_SOCKET, SO_RCVBUF, settable);
    set(IPPROTO_TCP, TCP_WINDOW_CLAMP, bytes);
    if (bytes > MOST_EXACT_BYTES) set(SOL_SOCKET, SO_BUF_LOCK, 0);
  },
};

/** Takes nothing back that was promised (`recwin` in xnu's tcp_output.c). */
const MACOS: System = {
  library: "libSystem.B.dylib",
  limit({ set }, bytes) {
    const [SOL_SOCKET, SO_RCVBUF, MOST] = [0xffff, 0x1002, 4 * 1024 * 1024];
    set(SOL_SOCKET, SO_RCVBUF, Math.min(2 * bytes, MOST));
  },
};

const SYSTEM = process.platform === "darwin" ? MACOS : LINUX;

let optionsOf: ((descriptor: number) => Options) | undefined;

/**
 * What the system takes in of a connection ahead of lap. It grows by how fast it is read, to 13 MB
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
      get(level, option) {
        const [value, length] = [new Int32Array(1), Uint32Array.of(4)];
        const failed = symbols.getsockopt(descriptor, level, option, value, length) !== 0;
        return failed ? undefined : value[0];
      },
      set(level, option, value) {
        return symbols.setsockopt(descriptor, level, option, Int32Array.of(value), 4) === 0;
      },
    });
  } catch {
    return () => ({ get: () => undefined, set: () => false }); // there is no such library
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
