/**
 * A platform in a process of its own, so that no figure measures the bench's event loop. Prints its
 * address as one line of JSON.
 *
 * Agents: `bot` echoes what is typed, through a PTY; `flood-4` and `flood-64` send the payload in
 * text frames of 4 KiB (what a PTY gives per read on Linux, and so what a harness sends) and of
 * 64 KiB; `endless` sends until a Ctrl-C, which it answers.
 */
import { startPlatform } from "../../src/demo/platform.ts";
import type { Tty } from "../../src/demo/tty.ts";
import { frameOf, MARKER, STOPPED, TOTAL_BYTES } from "./payload.ts";

/** The harness has no limit; this one only keeps the socket busy. */
const BUFFERED_BYTES = 1024 * 1024;

const KIB = 1024;
/** What the program can be ahead of its connection: a pipe's worth. */
const ENDLESS_BYTES = 64 * KIB;
const CTRL_C = 0x03;
const FLOODS: Record<string, number> = { "flood-4": 4 * KIB, "flood-64": 64 * KIB };

const platform = startPlatform({
  agents: [
    { name: "bot", harness_id: "codex", command: ["sh", "-c", "stty raw -echo; exec cat"] },
    { name: "endless", harness_id: "codex", command: ["true"] },
    ...Object.keys(FLOODS).map((name) => ({ name, harness_id: "codex", command: ["true"] })),
  ],
  bringUp: async function* () {},
  openTty: ({ agent }) => {
    if (agent.name === "endless") return endless();
    const frameBytes = FLOODS[agent.name ?? ""];
    return frameBytes === undefined ? echo(agent.spec.command) : flood(frameBytes);
  },
});
// A bench that was killed closes its end, and must not leave this behind.
process.stdin.on("end", () => process.exit()).resume();
console.log(JSON.stringify({ url: platform.url, key: platform.key }));

/** A program in a PTY and nothing more: lap should not pay for the demo platform's replay. */
function echo(command: string[]): Tty {
  const decoder = new TextDecoder();
  return {
    attach(client) {
      const { terminal } = Bun.spawn(command, {
        terminal: {
          data: (_terminal, bytes) => client.send(decoder.decode(bytes, { stream: true })),
        },
      });
      return {
        keys: (bytes) => terminal?.write(bytes),
        resize() {},
        drained() {},
        closed: () => terminal?.close(),
      };
    },
    async stop() {},
  };
}

/** Sends the payload as fast as the client takes it, once the client has said its size. */
function flood(frameBytes: number): Tty {
  const frame = frameOf(frameBytes);
  return {
    attach(client) {
      let sent = -1;
      const pump = () => {
        if (sent < 0) return;
        while (sent < TOTAL_BYTES && client.buffered() < BUFFERED_BYTES) {
          client.send(frame.text);
          sent += frame.bytes;
        }
      };
      return {
        keys() {},
        resize() {
          if (sent >= 0) return;
          client.send(MARKER);
          sent = 0;
          pump();
        },
        drained: pump,
        closed: () => (sent = TOTAL_BYTES),
      };
    },
    async stop() {},
  };
}

/** A program that writes without end, once the client has said its size, and leaves off at a Ctrl-C. */
function endless(): Tty {
  const frame = frameOf(4 * KIB);
  return {
    attach(client) {
      let running = false;
      const pump = () => {
        while (running && client.buffered() < ENDLESS_BYTES) client.send(frame.text);
      };
      return {
        keys(bytes) {
          if (!running || !bytes.includes(CTRL_C)) return;
          running = false;
          client.send(STOPPED);
        },
        resize() {
          if (running) return;
          running = true;
          pump();
        },
        drained: pump,
        closed: () => (running = false),
      };
    },
    async stop() {},
  };
}
