import type { TemporaryHome } from "./home.ts";
import { LAP } from "./lap.ts";

/** `lap demo --serve` in a process of its own, which can be stopped in its tracks. */
export class ServedPlatform implements AsyncDisposable {
  readonly login: { LAP_URL: string; LAP_KEY: string };
  readonly #process: Bun.Subprocess;

  private constructor(process: Bun.Subprocess, login: { LAP_URL: string; LAP_KEY: string }) {
    this.#process = process;
    this.login = login;
  }

  static async start(home: TemporaryHome): Promise<ServedPlatform> {
    const server = Bun.spawn([LAP, "demo", "--serve"], {
      env: { HOME: home.path, PATH: process.env.PATH, SHELL: "/bin/sh" },
      stdout: "pipe",
      stderr: "ignore",
    });
    let said = "";
    for await (const chunk of server.stdout) {
      said += Buffer.from(chunk).toString();
      const [, url] = /^url +(\S+)$/m.exec(said) ?? [];
      const [, key] = /^key +(\S+)$/m.exec(said) ?? [];
      if (url && key) return new ServedPlatform(server, { LAP_URL: url, LAP_KEY: key });
    }
    throw new Error(`lap demo --serve ended: ${said}`);
  }

  /** Packets are taken by the kernel, and nobody reads them. */
  stall(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Goes on where it was stalled. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGCONT");
    this.#process.kill("SIGTERM");
    await this.#process.exited;
  }
}
