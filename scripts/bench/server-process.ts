import { join } from "node:path";
import type { Bench, PlatformAddress } from "./bench.ts";

/** Starts `server.ts`; it ends with the bench, or when disposed of. */
export class ServerProcess implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;

  constructor(bench: Bench) {
    this.#process = bench.own(
      Bun.spawn([process.execPath, join(import.meta.dir, "server.ts")], {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
      }),
    );
  }

  async address(): Promise<PlatformAddress> {
    for await (const chunk of this.#process.stdout) {
      return JSON.parse(Buffer.from(chunk).toString()) as PlatformAddress;
    }
    throw new Error("the platform did not start");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}
