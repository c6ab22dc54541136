import type { Bench } from "./bench.ts";

/** A program in a PTY, without an emulator in front of it: that would be measured too. */
export class BarePty implements AsyncDisposable {
  readonly process: Bun.Subprocess;
  /** When the program was asked for. */
  readonly startedAt: number;
  onData: (bytes: Uint8Array) => void = () => {};

  constructor(bench: Bench, command: string[], env: Record<string, string>) {
    this.startedAt = performance.now();
    this.process = bench.own(
      Bun.spawn(command, {
        env,
        terminal: { cols: 80, rows: 24, data: (_terminal, bytes) => this.onData(bytes) },
      }),
    );
  }

  type(text: string): void {
    this.process.terminal?.write(text);
  }

  /** From here on it takes no output, while keys still go through: a Ctrl-S. */
  stall(): void {
    const { terminal } = this.process;
    if (!terminal) throw new Error("the program has no terminal");
    terminal.inputFlags |= process.platform === "darwin" ? 0x200 : 0x400; // IXON
    terminal.write("\x13");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
    this.process.terminal?.close();
  }
}
