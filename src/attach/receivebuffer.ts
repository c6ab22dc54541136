import { fstatSync, readdirSync } from "node:fs";
import type { Connect } from "./transport.ts";

/**
 * What the kernel may take in ahead of lap, its own book-keeping among it. As a sender gets no further
 * ahead in the time that a packet needs there and back, that is 3 MB/s over 50 ms (measured).
 */
const RECEIVE_BUFFER_BYTES = 256 * 1024;

interface System {
  library: string;
  SOL_SOCKET: number;
  SO_RCVBUF: number;
  /** What to ask for: Linux doubles it, for the book-keeping (socket(7)). */
  bytes: number;
}

/** musl takes any name that begins with `libc.` for itself. */
const LINUX: System = {
  library: "libc.so.6",
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  bytes: RECEIVE_BUFFER_BYTES / 2,
};
const MACOS: System = {
  library: "libSystem.B.dylib",
  SOL_SOCKET: 0xffff,
  SO_RCVBUF: 0x1002,
  bytes: RECEIVE_BUFFER_BYTES,
};

/**
 * Opens connections of which the kernel keeps little that is not read yet, for a slow terminal: all of
 * that is shown before what comes after a Ctrl-C. Left to itself the buffer grows by how fast it is read,
 * to 13 MB (measured). It must be bounded before it grows: later the kernel would drop what the sender
 * was promised room for, and the connection stand still for as long as lap had paused (measured). It
 * takes 1.6 MiB of memory, as Bun offers no such call but through bun:ffi. Where the system has none
 * either, nothing changes.
 */
export function bounded(connect: Connect): Connect {
  return async (...given) => {
    const others = new Set(sockets());
    const [transport, { dlopen }] = await Promise.all([connect(...given), import("bun:ffi")]);
    const { library, SOL_SOCKET, SO_RCVBUF, bytes } = process.platform === "darwin" ? MACOS : LINUX;
    const value = Int32Array.of(bytes);
    try {
      const { symbols, close } = dlopen(library, {
        setsockopt: { args: ["int", "int", "int", "ptr", "u32"], returns: "int" },
      });
      // Bun does not say which one is the connection's. Those that were there may be others' too.
      for (const descriptor of sockets().filter((one) => !others.has(one))) {
        symbols.setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, value, value.byteLength);
      }
      close();
    } catch {
      // there is no such library
    }
    return transport;
  };
}

/** The descriptors of this process's sockets; none where the system does not say. */
function sockets(): number[] {
  try {
    return readdirSync("/dev/fd").map(Number).filter(isSocket);
  } catch {
    return [];
  }
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false; // it was that of the listing itself
  }
}
