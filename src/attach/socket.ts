import type { Endpoint } from "./endpoint.ts";
import { ReceiveWindow } from "./receivewindow.ts";
import { refusal, unreachable } from "./refusal.ts";
import type { Connect, Transport, TransportEnd, TransportListeners } from "./transport.ts";

/** A host that swallows packets should end in words, not in the system's minutes. */
const UPGRADE_TIMEOUT_MS = 20_000;
/** How long what was typed last, and the farewell, may take when lap leaves. */
const CLOSE_TIMEOUT_MS = 1_000;
/** The farewell itself waits behind all else. */
const CLOSE_FRAME_BYTES = 6;

/**
 * Bun hands over all that the kernel has, up to two million frames of a byte, before a key is read. Of
 * those that come in one turn of the event loop the first are passed on as they are, and large ones; the
 * others many at once, and beyond so many the socket is not read again in this turn.
 */
const SINGLE_FRAMES = 64;
const LARGE_FRAME_BYTES = 1_024;
const FRAMES_AT_ONCE = 1_024;
const FRAMES_A_TURN = 4_096;

/** A key's echo is bytes 2 µs sooner by this than by `Buffer.from` (measured). */
const encoder = new TextEncoder();

/** What Bun refuses to gather in memory: a message of more than 128 MiB. The code is RFC 6455's. */
const TOO_BIG: TransportEnd = { code: 1009, reason: "a message was too big" };

/**
 * Joins a sandbox's terminal over Bun's WebSocket. The token goes into the header and nowhere else,
 * unless the person wants it in the query: then there alone, as a header decides where there is one
 * (PROTOCOL 6.2).
 */
export const connectSocket: Connect = (endpoint, listeners, signal, route = {}) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { token, tokenInQuery = false } = endpoint;
    const window = new ReceiveWindow();
    const socket = new WebSocket(tokenInQuery ? withToken(endpoint) : endpoint.url, {
      headers: tokenInQuery ? {} : { Authorization: `Bearer ${token.reveal()}` },
      perMessageDeflate: false,
      ...route,
    });
    socket.binaryType = "nodebuffer";
    const timer = setTimeout(
      () => fail(unreachable(endpoint, { name: "TimeoutError" }, route)),
      UPGRADE_TIMEOUT_MS,
    );
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown) => {
      settle();
      socket.onerror = socket.onclose = null;
      socket.terminate();
      reject(error);
    };
    const onAbort = () => fail(signal.reason);
    signal.addEventListener("abort", onAbort);
    socket.onerror = (event) => {
      const { message, error } = event as ErrorEvent;
      const status = /Expected 101 status code: (\d+)/.exec(message)?.[1];
      fail(
        status
          ? refusal(endpoint, Number(status))
          : unreachable(endpoint, error ?? { message }, route),
      );
    };
    socket.onopen = () => {
      settle();
      resolve(new SocketTransport(socket, window, listeners));
    };
  });

class SocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #window: ReceiveWindow;
  readonly #onData: TransportListeners["onData"];
  /** Frames that came in this turn, and those of them that are not passed on yet. */
  #frames = 0;
  #gathered: Uint8Array[] = [];
  #paused = false;

  constructor(socket: WebSocket, window: ReceiveWindow, listeners: TransportListeners) {
    this.#socket = socket;
    this.#window = window;
    this.#onData = listeners.onData;
    socket.onmessage = ({ data }: MessageEvent<string | Uint8Array>) =>
      this.#receive(typeof data === "string" ? encoder.encode(data) : data);
    // A fault after the upgrade is followed by a close, which says as much but for this.
    let tooBig = false;
    socket.onerror = (event) => {
      tooBig = (event as ErrorEvent).message.includes("Message too big");
    };
    socket.onclose = ({ code, reason }: TransportEnd) => {
      this.#passOn();
      listeners.onEnd(tooBig ? TOO_BIG : { code, reason });
    };
    socket.addEventListener("pong", (event) => {
      listeners.onPong(Number((event as MessageEvent<Buffer>).data.toString()));
    });
  }

  #receive(bytes: Uint8Array): void {
    const first = this.#frames++ === 0;
    if (this.#frames === FRAMES_A_TURN) this.#socket.pause();
    if (bytes.length >= LARGE_FRAME_BYTES) this.#passOn();
    else if (this.#frames > SINGLE_FRAMES) return this.#gather(bytes);
    this.#onData(bytes);
    if (first) setImmediate(() => this.#endTurn());
  }

  #gather(bytes: Uint8Array): void {
    this.#gathered.push(bytes);
    if (this.#gathered.length === FRAMES_AT_ONCE) this.#passOn();
  }

  #passOn(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    if (gathered.length > 0) this.#onData(Buffer.concat(gathered));
  }

  #endTurn(): void {
    const full = this.#frames >= FRAMES_A_TURN;
    this.#frames = 0;
    this.#passOn();
    if (full && !this.#paused) this.#socket.resume();
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  sendInput(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  sendResize(columns: number, rows: number): void {
    this.#socket.send(JSON.stringify({ type: "resize", cols: columns, rows }));
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    // In a full turn nothing more is read: it resumes as it ends.
    if (this.#frames < FRAMES_A_TURN) this.#socket.resume();
  }

  limit(bytes: number): void {
    this.#window.limit(bytes);
  }

  ping(id: number): void {
    this.#socket.ping(String(id));
  }

  close(): Promise<number> {
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CLOSED) return Promise.resolve(0);
    this.#forget();
    const closed = new Promise<number>((resolve) => {
      const onClose = () => {
        clearTimeout(timer);
        resolve(Math.max(0, socket.bufferedAmount - CLOSE_FRAME_BYTES));
      };
      const timer = setTimeout(() => {
        socket.terminate();
        onClose();
      }, CLOSE_TIMEOUT_MS);
      socket.onclose = onClose;
    });
    // A paused socket would not see the answer. Ending without it may reset the connection, and a
    // reset takes what was typed last with it.
    socket.resume();
    socket.close();
    return closed;
  }

  terminate(): void {
    const socket = this.#socket;
    this.#forget();
    socket.onclose = null;
    socket.terminate();
  }

  /** Nothing more is heard. */
  #forget(): void {
    this.#socket.onmessage = null;
    this.#gathered = [];
  }
}

/** Never printed. */
function withToken({ url, token }: Endpoint): string {
  const full = new URL(url);
  full.searchParams.set("token", token.reveal());
  return full.href;
}
