import { type Stage, stageOf } from "./faults.ts";

/** Bytes, and what they are about. */
export interface Piece {
  stage: Stage;
  bytes: Buffer;
  /** Where its request, or the farewell, begins. */
  first?: boolean;
}

const END_OF_HEAD = "\r\n\r\n";
const CLOSE_FRAME = 8;

/** What a client sends, told apart: requests with their bodies, then the frames of a WebSocket. */
export class ClientStages {
  readonly #host: string;
  #stage: Stage = "other";
  #head: Buffer = Buffer.alloc(0);
  #bodyLeft = 0;
  #frames: FrameReader | undefined;

  /** @param host takes the place of the one the client knows, as behind a load balancer. */
  constructor(host: string) {
    this.#host = host;
  }

  /** The pieces that are known by now; the head of a request is kept until it is whole. */
  feed(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#frames) return [...pieces, ...this.#frames.feed(rest)];
      if (this.#bodyLeft > 0) {
        const bytes = rest.subarray(0, this.#bodyLeft);
        this.#bodyLeft -= bytes.length;
        rest = rest.subarray(bytes.length);
        pieces.push({ stage: this.#stage, bytes });
        continue;
      }
      this.#head = Buffer.concat([this.#head, rest]);
      const end = this.#head.indexOf(END_OF_HEAD);
      if (end < 0) return pieces;
      rest = this.#head.subarray(end + END_OF_HEAD.length);
      pieces.push(this.#request(this.#head.subarray(0, end + END_OF_HEAD.length).toString()));
      this.#head = Buffer.alloc(0);
    }
    return pieces;
  }

  #request(head: string): Piece {
    this.#stage = stageOf(head.slice(0, head.indexOf("\r\n")));
    this.#bodyLeft = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#stage === "upgrade") this.#frames = new FrameReader();
    const named = head.replace(/^(host): .*$/im, `$1: ${this.#host}`);
    return { stage: this.#stage, bytes: Buffer.from(named), first: true };
  }
}

/** A client's frames: from the first byte of a close frame on, it is leaving. */
class FrameReader {
  #header: number[] = [];
  #payloadLeft = 0;
  #leaving = false;

  feed(bytes: Buffer): Piece[] {
    if (this.#leaving) return [{ stage: "detaching", bytes }];
    const from = this.#closeIn(bytes);
    const pieces: Piece[] = [
      { stage: "attached", bytes: bytes.subarray(0, from) },
      { stage: "detaching", bytes: bytes.subarray(from), first: true },
    ];
    return pieces.filter((piece) => piece.bytes.length > 0);
  }

  /** Where a close frame begins in it, or its end. */
  #closeIn(bytes: Buffer): number {
    for (let at = 0; at < bytes.length;) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, bytes.length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      const byte = bytes[at] as number;
      if (this.#header.length === 0 && (byte & 0x0f) === CLOSE_FRAME) {
        this.#leaving = true;
        return at;
      }
      this.#header.push(byte);
      at++;
      const length = payloadLength(this.#header);
      if (length === undefined) continue;
      this.#header = [];
      this.#payloadLeft = length;
    }
    return bytes.length;
  }
}

/** A frame's length, once its header is whole (RFC 6455, 5.2). */
function payloadLength(header: readonly number[]): number | undefined {
  const [, second] = header;
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const mask = second & 0x80 ? 4 : 0;
  if (header.length < 2 + extended + mask) return undefined;
  return extended === 0 ? short : header.slice(2, 2 + extended).reduce((sum, b) => sum * 256 + b);
}

/** What a server answers on a connection that asks for an upgrade: its head, then frames. */
export class UpgradeAnswer {
  #head: Buffer = Buffer.alloc(0);
  #open = false;

  /** True once it was granted. */
  get open(): boolean {
    return this.#open;
  }

  /** The frames are of the stage `attached`; a refusal is the upgrade's. */
  feed(chunk: Buffer): Piece[] {
    if (this.#open) return [{ stage: "attached", bytes: chunk }];
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) return [];
    const head = this.#head.subarray(0, end + END_OF_HEAD.length);
    const rest = this.#head.subarray(head.length);
    this.#open = head.toString("latin1").startsWith("HTTP/1.1 101 ");
    const pieces: Piece[] = [
      { stage: "upgrade", bytes: head },
      { stage: this.#open ? "attached" : "upgrade", bytes: rest },
    ];
    this.#head = Buffer.alloc(0);
    return pieces.filter((piece) => piece.bytes.length > 0);
  }
}
