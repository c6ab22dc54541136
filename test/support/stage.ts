import { attach, type AttachEnd, type AttachOptions } from "../../src/attach/session.ts";
import { parseEscapeKey, parseKeySequence } from "../../src/keys/chord.ts";
import type { Closing, Size, Terminal, TerminalListeners } from "../../src/term/terminal.ts";
import { ManualClock, settled } from "./clock.ts";
import { ENDPOINT, FakeSandbox } from "./fake-sandbox.ts";

export interface StageOptions {
  /** False: a lost connection is the end. */
  reconnect?: boolean;
  readOnly?: boolean;
  detachKeys?: string;
  warmth?: Partial<AttachOptions["warmth"]>;
  stop?: AttachOptions["stopSession"];
}

/** An attachment between a sandbox and a terminal that write down, in order, what is done to them. */
export class Stage {
  /** What lap did on either side: those of `FakeConnection`, `raw`, `screen "…"`, `keyboard held`, `restored`. */
  readonly events: string[] = [];
  readonly clock: ManualClock = new ManualClock();
  readonly sandbox = new FakeSandbox();
  readonly terminal = new StageTerminal((event) => void this.events.push(event));
  readonly signal = new AbortController();
  readonly attached: Promise<AttachEnd>;

  constructor(options: StageOptions = {}) {
    const { reconnect = false, readOnly = false, detachKeys = "ctrl-d", warmth } = options;
    this.sandbox.note = (event) => void this.events.push(event);
    this.attached = attach({
      endpoint: ENDPOINT,
      connect: this.sandbox.connect,
      locate: reconnect ? this.sandbox.locate : undefined,
      waiting: { update() {}, done() {} },
      warmth: { idleTimeoutMs: null, always: false, bump: async () => {}, ...warmth },
      terminal: this.terminal,
      clock: this.clock,
      signal: this.signal.signal,
      detachKeys: parseKeySequence(detachKeys),
      escapeKey: parseEscapeKey("ctrl-]"),
      readOnly,
      sessionId: "id",
      stopSession: options.stop ?? (async () => undefined),
    });
    // A test that fails earlier does not look at how it ended.
    this.attached.catch(() => {});
  }

  /** Once the terminal is joined. */
  static async joined(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    await settled();
    return stage;
  }

  type(text: string): void {
    this.terminal.listeners?.onInput(Buffer.from(text));
  }

  say(text: string): void {
    this.sandbox.connection.say(text);
  }

  /** All that was written to the terminal, as one. */
  get screen(): string {
    return this.terminal.written.join("");
  }

  /** Forgets what was written to the terminal and done so far. */
  forget(): void {
    this.events.length = 0;
    this.terminal.written.length = 0;
  }

  /** The connection drops, and nobody is in reach for now. */
  async lose(): Promise<void> {
    this.sandbox.vanish();
    this.sandbox.connection.end();
    await settled();
  }

  /** The sandbox is in reach again, and lap back on it. */
  async comeBack(): Promise<void> {
    const { length } = this.sandbox.connections;
    this.sandbox.appear();
    while (this.sandbox.connections.length === length) await this.clock.advance(100);
  }
}

class StageTerminal implements Terminal {
  listeners: TerminalListeners | undefined;
  readonly written: string[] = [];
  /** Writing this is a fault of lap's own. */
  poison: string | undefined;
  dimensions: Size | undefined = { columns: 80, rows: 24 };
  pending = 0;
  /** What it was given back with. */
  closing: Closing | undefined;
  readonly #note: (event: string) => void;

  constructor(note: (event: string) => void) {
    this.#note = note;
  }

  size(): Size | undefined {
    return this.dimensions;
  }

  hush(): void {}

  open(listeners: TerminalListeners): void {
    this.#note("raw");
    this.listeners = listeners;
  }

  write(bytes: Uint8Array | string): void {
    const text = Buffer.from(bytes as string).toString();
    if (this.poison && text.includes(this.poison)) throw new Error("a fault of lap's own");
    this.written.push(text);
    this.#note(`screen ${JSON.stringify(text)}`);
  }

  pauseInput(): void {
    this.#note("keyboard held");
  }

  resumeInput(): void {
    this.#note("keyboard read");
  }

  async suspend(): Promise<void> {
    this.#note("suspended");
  }

  async close(closing?: Closing): Promise<void> {
    this.closing = closing;
    this.#note("restored");
  }
}
