import { dlopen } from "bun:ffi";
import { readdirSync } from "node:fs";

/**
 * What the kernel may take in ahead of lap, its own book-keeping among it. A sender gets no further ahead
 * than this in the time that a packet needs there and back: 5 MB/s over 50 ms.
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
 * Bounds the receive buffers of all connections that this process has. The kernel would let them grow by
 * how fast they are read, to some 10 MB (measured, and up to `net.ipv4.tcp_rmem`), all of which a slow
 * terminal has to show before what comes after a Ctrl-C. Bun can neither do this for a WebSocket nor say
 * which descriptor is its. On a system that is not known nothing changes.
 */
export function boundReceiveBuffers(): void {
  const { library, SOL_SOCKET, SO_RCVBUF, bytes } = process.platform === "darwin" ? MACOS : LINUX;
  const value = Int32Array.of(bytes);
  try {
    const { symbols, close } = dlopen(library, {
      setsockopt: { args: ["int", "int", "int", "ptr", "u32"], returns: "int" },
    });
    for (const descriptor of readdirSync("/dev/fd").map(Number)) {
      // What is no socket says so. stdin, stdout and stderr may be one, and others have that too.
      if (descriptor <= 2) continue;
      symbols.setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, value, value.byteLength);
    }
    close();
  } catch {
    // there is no such library or no /dev/fd
  }
}
