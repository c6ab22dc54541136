import { Terminal as Emulator } from "@xterm/headless";
import { waitFor } from "./wait.ts";

export interface PtyOptions {
  env?: Record<string, string | undefined>;
  columns?: number;
  rows?: number;
  /** Milliseconds after which the emulator's answers to queries arrive, as over a slow line. */
  answersAfter?: number;
  /** False: bytes are only kept, for more of them than an emulator parses in a test's time. */
  emulate?: boolean;
}

/**
 * A program in a real PTY with a real terminal emulator in front of it: what a person would type and
 * see. Dispose of it to kill the program.
 */
export class Pty implements Disposable {
  readonly emulator: Emulator;
  /** Everything the program has written, byte for byte. */
  readonly output: Buffer[] = [];
  readonly process: Bun.Subprocess;
  /** Answers of the emulator's that are on their way, with `answersAfter`. */
  answering = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(
    command: string[],
    { env, columns = 80, rows = 24, emulate = true, answersAfter }: PtyOptions = {},
  ) {
    this.emulator = new Emulator({ cols: columns, rows, allowProposedApi: true, scrollback: 5000 });
    this.process = Bun.spawn(command, {
      env: {
        PATH: process.env.PATH,
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        // Tests stay on this machine.
        LAP_NO_UPDATE_NOTICE: "1",
        ...env,
      },
      terminal: {
        cols: columns,
        rows,
        data: (_terminal, data) => {
          this.output.push(Buffer.from(data));
          if (emulate) this.#written = new Promise((done) => this.emulator.write(data, done));
        },
      },
    });
    this.emulator.onData((answer) => {
      if (answersAfter === undefined) return this.type(answer);
      this.answering++;
      setTimeout(() => {
        this.answering--;
        this.type(answer);
      }, answersAfter);
    });
  }

  get terminal(): Bun.Terminal {
    const { terminal } = this.process;
    if (!terminal) throw new Error("the program has no terminal");
    return terminal;
  }

  type(text: string | Uint8Array): void {
    if (!this.terminal.closed) this.terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.terminal.resize(columns, rows);
  }

  /**
   * The terminal takes no more output, or takes it again, while keys still go through: what Ctrl-S
   * and Ctrl-Q do, for a program that has turned them off.
   */
  stall(stalled: boolean): void {
    this.terminal.inputFlags |= process.platform === "darwin" ? 0x200 : 0x400; // IXON
    this.type(stalled ? "\x13" : "\x11");
  }

  /** The lines of the screen, as a person sees them, without trailing blanks. */
  lines(): string[] {
    const { buffer, rows, cols } = this.emulator;
    const { active } = buffer;
    return Array.from(
      { length: rows },
      // The emulator keeps what a narrower window does not show.
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true, 0, cols) ?? "",
    );
  }

  screen(): string {
    return this.lines().join("\n").trimEnd();
  }

  /** Everything written, as text. */
  text(): string {
    return Buffer.concat(this.output).toString();
  }

  /** Waits until the screen shows `expected`. */
  async shows(expected: string | RegExp): Promise<void> {
    await waitFor(
      () => {
        const screen = this.screen();
        return typeof expected === "string" ? screen.includes(expected) : expected.test(screen);
      },
      () => `the screen to show ${String(expected)}; it shows:\n${this.screen()}`,
    );
  }

  /** Waits for the program's end and for its last output to be on the screen. */
  async exit(): Promise<number> {
    const code = await this.process.exited;
    await this.#written;
    return code;
  }

  [Symbol.dispose](): void {
    if (this.process.exitCode === null) this.process.kill("SIGKILL");
    this.terminal.close();
    this.emulator.dispose();
  }
}
