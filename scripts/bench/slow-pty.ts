import { dlopen } from "bun:ffi";
import { closeSync, constants, openSync, read, writeSync } from "node:fs";
import type { Bench } from "./bench.ts";

const LIBC = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
const TICK_MS = 5;

/**
 * A program in a terminal that takes so much in a second and no more: slow to paint, or at the end of a
 * slow line. Bun's own terminal reads all there is.
 */
export class SlowPty implements AsyncDisposable {
  readonly process: Bun.Subprocess;
  onData: (bytes: Uint8Array) => void = () => {};
  readonly #master: number;
  #rate = Number.POSITIVE_INFINITY;
  #over = false;

  constructor(bench: Bench, command: string[], env: Record<string, string>) {
    const { master, slave } = openPty();
    this.#master = master;
    this.process = bench.own(Bun.spawn(command, { env, stdio: [slave, slave, slave] }));
    closeSync(slave);
    void this.#read();
  }

  /** @param bytesPerSecond what it takes from here on. */
  limit(bytesPerSecond: number): void {
    this.#rate = bytesPerSecond;
  }

  type(text: string): void {
    writeSync(this.#master, text);
  }

  async #read(): Promise<void> {
    const buffer = Buffer.alloc(64 * 1024);
    let behind = 0;
    let at = performance.now();
    while (!this.#over) {
      const bytes = await this.#readSome(buffer);
      if (bytes === 0) return;
      this.onData(buffer.subarray(0, bytes));
      const now = performance.now();
      behind = Math.max(0, behind + (bytes * 1000) / this.#rate - (now - at));
      at = now;
      if (behind > TICK_MS) await Bun.sleep(behind);
    }
  }

  /** None when the program has ended. */
  #readSome(buffer: Buffer): Promise<number> {
    return new Promise((resolve) =>
      read(this.#master, buffer, 0, buffer.length, null, (error, bytes) =>
        resolve(error ? 0 : bytes),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    this.process.kill("SIGKILL");
    await this.process.exited;
    closeSync(this.#master);
  }
}

/** 80x24; the descriptors are the caller's to close. */
function openPty(): { master: number; slave: number } {
  const { symbols } = dlopen(LIBC, {
    posix_openpt: { args: ["int"], returns: "int" },
    grantpt: { args: ["int"], returns: "int" },
    unlockpt: { args: ["int"], returns: "int" },
    ptsname: { args: ["int"], returns: "cstring" },
  });
  const master = symbols.posix_openpt(constants.O_RDWR | constants.O_NOCTTY);
  symbols.grantpt(master);
  symbols.unlockpt(master);
  const slave = openSync(`${symbols.ptsname(master)}`, constants.O_RDWR | constants.O_NOCTTY);
  Bun.spawnSync(["stty", "cols", "80", "rows", "24"], { stdin: slave });
  return { master, slave };
}
