import { constants } from "node:os";

import type { AgentSpec } from "./agents.ts";
import { programEnvironment } from "./environment.ts";
import { OutputHold } from "./flow.ts";
import { PodLog } from "./podlog.ts";
import { descendants, hangUp } from "./processes.ts";
import { Scrollback } from "./scrollback.ts";
import type { Tty, TtyClient, TtyLink } from "./tty.ts";

/** What a program is given until a client says otherwise (PROTOCOL 6.5). */
const FIRST_SIZE: Size = { cols: 100, rows: 30 };

/** Output is held once every client is this far behind, and goes on when one has caught up. */
const HOLD_ABOVE_BYTES = 4 * 1024 * 1024;
const RELEASE_BELOW_BYTES = 256 * 1024;

/** A client this far behind others is let go: it would cost memory without bound. */
const GIVE_UP_ABOVE_BYTES = 64 * 1024 * 1024;
/** "Try again later" (IANA's registry of WebSocket close codes). */
const CLOSE_TOO_SLOW = 1013;

/** Two resizes closer together reach the program as one, of no change, which it need not paint. */
const REPAINT_DELAY_MS = 50;

interface Size {
  cols: number;
  rows: number;
}

interface Attached {
  client: TtyClient;
  size: Size | undefined;
}

/** One start of the command, from its first client until it exits. */
interface Program {
  process: Bun.Subprocess;
  terminal: Bun.Terminal;
  hold: OutputHold;
  size: Size;
  decoder: TextDecoder;
  scrollback: Scrollback;
  repaint: Timer | undefined;
}

/** A session's program in one PTY that all of its clients share, and that outlives them. */
export class SharedPty implements Tty {
  readonly log = new PodLog();
  readonly #spec: AgentSpec;
  /** In the order of their last use: the last one's size holds, as with tmux's "latest". */
  #clients: Attached[] = [];
  #program: Program | undefined;

  constructor(spec: AgentSpec) {
    this.#spec = spec;
  }

  attach(client: TtyClient): TtyLink {
    const attached: Attached = { client, size: undefined };
    this.#clients.push(attached);
    if (this.#program === undefined) this.#start();
    else this.#replayTo(client, this.#program);
    return {
      keys: (bytes) => {
        this.#use(attached);
        if (this.#program !== undefined) write(this.#program, bytes);
      },
      resize: (cols, rows) => {
        attached.size = { cols, rows };
        this.#use(attached);
      },
      drained: () => this.#balance(),
      closed: () => this.#remove(attached),
    };
  }

  async stop(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    const { pid } = program.process;
    const family = [pid, ...descendants(pid)];
    program.hold.forget();
    program.terminal.close();
    await hangUp(family);
    await program.process.exited;
    this.#ended(program);
  }

  #start(): void {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const scrollback = new Scrollback();
    const data = (_: Bun.Terminal, bytes: Uint8Array) => {
      scrollback.push(bytes);
      const text = decoder.decode(bytes, { stream: true });
      this.log.push(text, Date.now());
      this.#broadcast(text);
      program?.hold.passed(bytes.length);
      this.#balance();
    };
    let program: Program | undefined;
    try {
      const process = Bun.spawn(this.#spec.command, {
        cwd: this.#spec.cwd,
        env: programEnvironment(this.#spec.env ?? globalThis.process.env),
        terminal: { ...FIRST_SIZE, data },
        onExit: () => program && this.#ended(program),
      });
      const terminal = process.terminal;
      if (terminal === undefined) throw new Error("no terminal");
      const hold = new OutputHold(process.pid);
      const size = FIRST_SIZE;
      program = { process, terminal, hold, size, decoder, scrollback, repaint: undefined };
      this.#program = program;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#dismiss(`[bridge] failed to spawn ${this.#spec.command[0]}: ${reason}`);
    }
  }

  #replayTo(client: TtyClient, program: Program): void {
    const { text, alternateScreen } = program.scrollback.replay();
    if (text !== "") client.send(text);
    if (!alternateScreen) return;
    const { cols, rows } = program.size;
    clearTimeout(program.repaint);
    resize(program, { cols, rows: Math.max(rows - 1, 1) });
    program.repaint = setTimeout(() => resize(program, { cols, rows }), REPAINT_DELAY_MS);
  }

  /** Notes that a client typed or resized: the window takes its size. */
  #use(attached: Attached): void {
    if (this.#clients.at(-1) !== attached) {
      this.#clients = [...this.#clients.filter((other) => other !== attached), attached];
    }
    this.#fit();
  }

  #fit(): void {
    const program = this.#program;
    const size = this.#clients.findLast((attached) => attached.size !== undefined)?.size;
    if (program === undefined || size === undefined) return;
    if (size.cols === program.size.cols && size.rows === program.size.rows) return;
    clearTimeout(program.repaint);
    program.size = size;
    resize(program, size);
  }

  #remove(attached: Attached): void {
    this.#clients = this.#clients.filter((other) => other !== attached);
    this.#fit();
    this.#balance();
  }

  #broadcast(text: string): void {
    if (text === "") return;
    for (const { client } of this.#clients) client.send(text);
  }

  /** Holds or releases the program's output by how far behind the fastest client is. */
  #balance(): void {
    const hold = this.#program?.hold;
    if (hold === undefined) return;
    for (const attached of this.#clients) {
      if (attached.client.buffered() <= GIVE_UP_ABOVE_BYTES) continue;
      // Taken off here, as it may be long until a client that does not read sees the close.
      this.#clients = this.#clients.filter((other) => other !== attached);
      attached.client.close(CLOSE_TOO_SLOW, "too far behind");
    }
    // Without a client nobody is behind: `Math.min()` of nothing would be infinite.
    const behind = Math.min(...this.#clients.map(({ client }) => client.buffered()));
    if (this.#clients.length > 0 && behind > HOLD_ABOVE_BYTES) hold.hold();
    else if (this.#clients.length === 0 || behind < RELEASE_BELOW_BYTES) hold.release();
  }

  #ended(program: Program): void {
    if (this.#program !== program) return;
    this.#program = undefined;
    clearTimeout(program.repaint);
    program.hold.forget();
    const { exitCode, signalCode } = program.process;
    const signal = signalCode === null ? 0 : constants.signals[signalCode as NodeJS.Signals];
    const { undo } = program.scrollback.replay();
    this.#broadcast(program.decoder.decode() + undo);
    this.#dismiss(`[bridge] process exited (code=${exitCode ?? 0}, signal=${signal})`);
    program.terminal.close();
  }

  #dismiss(line: string): void {
    this.#broadcast(`\r\n\x1b[2m${line}\x1b[0m\r\n`);
    const clients = this.#clients;
    this.#clients = [];
    for (const { client } of clients) client.close();
  }
}

// Both do nothing while the program is being stopped: its terminal is closed by then.

function write({ terminal }: Program, bytes: Uint8Array): void {
  if (!terminal.closed) terminal.write(bytes);
}

function resize({ terminal }: Program, { cols, rows }: Size): void {
  if (!terminal.closed) terminal.resize(cols, rows);
}
