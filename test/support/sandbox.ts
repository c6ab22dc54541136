import type { Server, ServerWebSocket } from "bun";
import { waitFor } from "./wait.ts";

/** A frame as the sandbox received it. */
export interface Frame {
  binary: boolean;
  bytes: Buffer;
}

const KEY = "key-of-the-scripted-sandbox";
const TOKEN = "token-of-the-scripted-sandbox";
const SESSION = "5e551011-0000-4000-8000-000000000001";
const AGENT = "a9e27000-0000-4000-8000-000000000001";
const PREFIX = "/api/v1/managed_agents";

/**
 * The smallest platform there can be, with one agent, `box`, whose sandbox the test itself plays: it
 * sees each frame as it came and sends what it likes.
 */
export class ScriptedSandbox implements AsyncDisposable {
  readonly frames: Frame[] = [];
  /** Method and path of every request. */
  readonly requests: string[] = [];
  /** The upgrade's headers. */
  upgrade: Headers | undefined;
  connections = 0;
  /** How often it was asked for a sign of life. */
  pings = 0;
  deleted = false;
  /** What the session is said to be, while it is not deleted. */
  status = "ready";
  failureReason: string | null = null;
  idleTimeoutMs: number | null = null;
  /** Upgrades are refused with this. */
  refusal: number | undefined;
  /** Upgrades are answered once this is resolved. */
  gate: Promise<void> | undefined;
  /** True while a flood waits for the client to take more. */
  held = false;
  socket: ServerWebSocket<undefined> | undefined;
  /** Told of each connection, and of each frame. */
  onJoin: () => void = () => {};
  onFrame: (frame: Frame) => void = () => {};
  readonly #server: Server<undefined>;
  #onDrain: (() => void) | undefined;

  readonly #host: string;
  readonly #secure: string;
  readonly #ttyUrl: string;

  /** @param options.host the name that it goes by; `tls` as Bun.serve takes it. */
  constructor(options: { host?: string; ttyUrl?: string; tls?: Bun.TLSOptions } = {}) {
    this.#host = options.host ?? "127.0.0.1";
    this.#ttyUrl = options.ttyUrl ?? "/tty";
    this.#secure = options.tls ? "s" : "";
    this.#server = Bun.serve<undefined>({
      hostname: "127.0.0.1",
      port: 0,
      ...(options.tls ? { tls: options.tls } : {}),
      idleTimeout: 0,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        idleTimeout: 0,
        perMessageDeflate: false,
        maxPayloadLength: 100 * 1024 * 1024,
        sendPings: false,
        open: (socket) => {
          this.connections++;
          this.socket = socket;
          this.onJoin();
        },
        message: (_socket, data) => {
          const frame = { binary: typeof data !== "string", bytes: Buffer.from(data as Buffer) };
          this.frames.push(frame);
          this.onFrame(frame);
        },
        ping: () => void this.pings++,
        drain: () => this.#onDrain?.(),
        close: (socket) => {
          // Behind a network, the end of one may be seen after the start of the next.
          if (this.socket === socket) this.socket = undefined;
        },
      },
    });
  }

  /** What logs a lap in here. */
  get login(): { LAP_URL: string; LAP_KEY: string } {
    return { LAP_URL: `http${this.#secure}://${this.authority}`, LAP_KEY: KEY };
  }

  /** Its host and port. */
  get authority(): string {
    return `${this.#host}:${this.#server.port}`;
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  readonly agent = "box";
  readonly session = SESSION;
  readonly token = TOKEN;

  /** Keystrokes received, as one. */
  get input(): Buffer {
    return Buffer.concat(this.frames.filter(({ binary }) => binary).map(({ bytes }) => bytes));
  }

  /** The text frames received, parsed. */
  get control(): unknown[] {
    return this.frames
      .filter(({ binary }) => !binary)
      .map(({ bytes }) => JSON.parse(bytes.toString()) as unknown);
  }

  async joined(): Promise<void> {
    await waitFor(() => this.socket !== undefined, "lap to join the sandbox");
  }

  async received(text: string | Uint8Array): Promise<void> {
    await waitFor(
      () => this.input.includes(text),
      () =>
        `the sandbox to receive ${JSON.stringify(text)}; it has ${JSON.stringify(this.input.toString())}`,
    );
  }

  /** Cuts the connection, and answers none until `restore` is called. */
  cut(): void {
    this.refusal = 503;
    this.socket?.terminate();
  }

  restore(): void {
    this.refusal = undefined;
  }

  send(data: string | Uint8Array): void {
    this.socket?.send(data as string);
  }

  /** Sends as fast as the client takes it, without hoarding. */
  async flood(chunk: string | Uint8Array, times: number): Promise<void> {
    for (let sent = 0; sent < times; sent++) {
      const { socket } = this;
      if (!socket) return;
      if (socket.send(chunk as string) !== -1) continue;
      this.held = true;
      await new Promise<void>((resolve) => (this.#onDrain = resolve));
      this.held = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request, server: Server<undefined>): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    if (pathname === "/tty") {
      this.upgrade = request.headers;
      await this.gate;
      if (this.refusal) return new Response(null, { status: this.refusal });
      return server.upgrade(request) ? undefined : new Response(null, { status: 400 });
    }
    const session = {
      id: SESSION,
      agent_id: AGENT,
      status: this.deleted ? "dead" : this.status,
      failure_reason: this.failureReason,
      idle_timeout_ms: this.idleTimeoutMs,
      supports_tui: true,
      tty_url: this.#ttyUrl,
      tty_token: TOKEN,
    };
    const agent = { id: AGENT, name: this.agent, harness_id: "codex", supports_tui: true };
    if (pathname === `${PREFIX}/agents`) return Response.json({ data: [agent], total: 1 });
    if (request.method === "DELETE") {
      this.deleted = true;
      this.socket?.close();
      return Response.json({ id: SESSION, status: "deleted" });
    }
    if (pathname.endsWith("/stream")) {
      const start = (stream: ReadableStreamDefaultController) => stream.enqueue(":keepalive\n\n");
      return new Response(new ReadableStream({ start }));
    }
    if (pathname.startsWith(`${PREFIX}/agents/`) || pathname.startsWith(`${PREFIX}/sessions`)) {
      return Response.json(session);
    }
    return Response.json({ error: "not found" }, { status: 404 });
  }
}
