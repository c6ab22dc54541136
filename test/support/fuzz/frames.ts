import type { Socket } from "node:net";
import { TemporaryHome } from "../home.ts";
import { acceptUpgrade } from "../upgrade.ts";
import { type Below, pick, random } from "../random.ts";
import { RawServer } from "../raw-server.ts";
import { type Row, RowsServer } from "../rows.ts";
import { waitFor } from "../wait.ts";
import { realClock, runLap } from "../world.ts";
import { SkippingClock } from "./clock.ts";
import { faultsOf } from "./judge.ts";
import { WatchedTerminal } from "./terminal.ts";

const TOKEN = "tty-fuzz-0123456789";
/** Connections that a session lives for. */
const MOST_CONNECTIONS = 4;

/** What programs write, whole and cut, and what only looks like it. */
const OUTPUT = [
  "$ ls\r\nREADME.md\r\n",
  "\x1b[?1049h\x1b[?1h\x1b=\x1b[?2004h\x1b[?1003h\x1b[?1006h",
  "\x1b[?1049l\x1b[?25l\x1b[3;9r\x1b(0\x0e\x1b[4 q",
  "\x1b[>1u\x1b[=5;2u\x1b[>4;2m\x1b[<9u",
  "\x1b]0;title\x07\x1b[22;0t\x1b]8;;https://a.test\x1b\\",
  "\x1b]52;c;",
  "\x1bP+q544e",
  "\x1b[38;2;1;2;3",
  "\x1b[c\x1b[>c\x1b[?u\x1b[6n",
  "\x1b[?2026h",
  "\x1bc\x1b[!p",
  "日本語 — é😀",
  "\r\n[bridge] process exited (code=0, signal=0)\r\n",
  "[detached (from session lap)]",
  "x".repeat(9_000),
  "\x1b[1m\n".repeat(3_000),
];

/** What a person types while that comes. */
const TYPED = [
  "a",
  "\r",
  "\x1b",
  "\x1b[200~",
  "pasted",
  "\x1b[201~",
  "\x1di",
  "\x1d?",
  "\x1dr",
  "\xff",
];

/**
 * Joins a sandbox whose connection carries frames of any kind, well-formed or not.
 *
 * @returns what is wrong with what lap did; nothing where all is well.
 */
export async function fuzzFrames(seed: number): Promise<string[]> {
  const below = random(seed);
  const terminal = new WatchedTerminal();
  let connections = 0;
  await using tty = await RawServer.start((socket, head) => {
    if (++connections >= MOST_CONNECTIONS) session["status"] = "dead";
    if (below(12) === 0) return void socket.end(noise(below, 300));
    acceptUpgrade(socket, head);
    for (let count = below(12); count > 0; count--) socket.write(frame(below));
    leave(below, socket);
  });
  const session: Row = {
    id: "s-1",
    agent_id: "a-1",
    status: "ready",
    supports_tui: true,
    tty_url: `ws://127.0.0.1:${tty.port}/tty`,
    tty_token: TOKEN,
  };
  await using platform = new RowsServer([session], { "a-1": "bot" });
  using home = new TemporaryHome();
  const argv = ["attach", "s-1", ...(below(2) === 0 ? ["--no-reconnect"] : [])];
  terminal.onOpen = () => {
    for (let count = below(6); count > 0; count--) terminal.type(pick(below, TYPED));
    // Where it does not end by itself a person leaves, and presses again.
    const leaving = () => {
      terminal.type("\x1b[201~\x1dd\x04");
      if (terminal.held) realClock.after(20, leaving);
    };
    realClock.after(below(60), leaving);
  };
  const outcome = await runLap(argv, {
    home: home.path,
    env: platform.login,
    clock: new SkippingClock(),
    terminal,
  });
  const found = faultsOf(outcome, { secrets: [platform.key, TOKEN] });
  if (terminal.held) found.push("the terminal is not given back");
  if (terminal.leftBehind !== "") found.push(`left behind: ${JSON.stringify(terminal.leftBehind)}`);
  await waitFor(() => tty.open === 0, "every connection to be closed");
  return found;
}

/** How a connection ends, or that it does not. */
function leave(below: Below, socket: Socket): void {
  switch (below(6)) {
    case 0:
      return void socket.end();
    case 1:
      return void socket.destroy();
    case 2:
      return void socket.resetAndDestroy();
    case 3:
      return void socket.end(raw(0x88, Buffer.from([3, 0xe8])));
    default:
      return;
  }
}

/** One frame of the server's (RFC 6455, 5.2), or what is none. */
function frame(below: Below): Buffer {
  switch (below(16)) {
    case 0: // a part of a message, its rest, and what stands between them
      return Buffer.concat([raw(0x01, output(below)), raw(0x89, ""), raw(0x80, output(below))]);
    case 1: // a rest without a beginning
      return raw(0x80, output(below));
    case 2: // bytes that are not UTF-8, as text
      return raw(0x81, noise(below, 50));
    case 3: // a ping, longer than one may be
      return raw(0x89, "p".repeat(pick(below, [0, 125, 126])));
    case 4: // an answer to nothing
      return raw(0x8a, pick(below, ["", "1", "-1", "NaN", "x".repeat(125)]));
    case 5: // a close, with any code or half of one
      return raw(0x88, closing(below));
    case 6: // opcodes and bits that mean nothing
      return raw(pick(below, [0x83, 0x8b, 0xc1, 0xa2, 0xf2]), output(below));
    case 7: // masked, which only a client does
      return Buffer.from([0x81, 0x81, 1, 2, 3, 4, 0x60]);
    case 8: // more is announced than comes
      return raw(0x82, output(below)).subarray(0, 1 + below(9));
    case 9:
      return Buffer.from([0x82, 127, ...Array.from({ length: 8 }, () => below(256))]);
    case 10:
      return noise(below, 200);
    default:
      return raw(pick(below, [0x81, 0x82]), output(below));
  }
}

function closing(below: Below): Buffer {
  const code = pick(below, [0, 999, 1000, 1001, 1005, 1006, 1008, 1011, 1015, 3000, 4999, 65_535]);
  const reason = pick(below, ["", "bye", "\x1b[2J\u202eowned", "é".repeat(60)]);
  const whole = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
  return whole.subarray(0, pick(below, [0, 1, 2, whole.length]));
}

function output(below: Below): Buffer {
  const whole = Buffer.from(pick(below, OUTPUT));
  return whole.subarray(0, below(3) === 0 ? below(whole.length + 1) : whole.length);
}

function noise(below: Below, most: number): Buffer {
  return Buffer.from(Array.from({ length: below(most) }, () => below(256)));
}

/** A frame with this first byte: the final bit, reserved bits and the opcode. */
function raw(first: number, content: string | Buffer): Buffer {
  const body = Buffer.from(content as string);
  const { length } = body;
  const size = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([first, ...size]), body]);
}
