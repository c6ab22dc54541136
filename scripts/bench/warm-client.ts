import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Bench } from "./bench.ts";

/** The bare client as a process that runs already: what is left are its requests. */
export class WarmClient implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(bench: Bench, env: Record<string, string>) {
    const script = join(import.meta.dir, "bare-client.ts");
    this.#process = bench.own(
      Bun.spawn([process.execPath, script, "serve"], {
        env,
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
      }),
    );
    const input = Readable.fromWeb(this.#process.stdout as never);
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  /** The milliseconds of one run: its requests and the opening of its socket. */
  async open(kind: "fresh" | "returning"): Promise<number> {
    void this.#process.stdin.write(`${kind}\n`);
    void this.#process.stdin.flush();
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the bare client ended");
    return Number(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}
