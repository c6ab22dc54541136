import { randomUUID } from "node:crypto";
import type { Tty, TtyClient, TtyLink } from "../../src/demo/tty.ts";

/**
 * What real sandboxes do (PROTOCOL 6.5): each connection gets a PTY of its own with a tmux client, all
 * of one tmux session which outlives them.
 */
export class TmuxTty implements Tty {
  readonly #socket = `lap-test-${randomUUID()}`;
  readonly #command: string[];
  readonly #env: Record<string, string | undefined>;

  constructor(command: string[], env: Record<string, string | undefined>) {
    this.#command = command;
    this.#env = { PATH: process.env.PATH, TERM: "xterm-256color", LANG: "C.UTF-8", ...env };
  }

  attach(client: TtyClient): TtyLink {
    const decoder = new TextDecoder();
    let gone = false;
    const tmux = ["tmux", "-L", this.#socket, "-f", "/dev/null", "new-session", "-A", "-s", "lap"];
    const child = Bun.spawn([...tmux, ...this.#command], {
      env: this.#env,
      terminal: {
        cols: 100,
        rows: 30,
        data: (_terminal, data) => void client.send(decoder.decode(data, { stream: true })),
      },
    });
    void child.exited.then((code) => {
      if (gone) return;
      client.send(`\r\n\x1b[2m[bridge] process exited (code=${code}, signal=0)\x1b[0m\r\n`);
      client.close();
    });
    return {
      keys: (bytes) => void child.terminal?.write(bytes),
      resize: (cols, rows) => child.terminal?.resize(cols, rows),
      drained: () => {},
      closed: () => {
        gone = true;
        child.kill("SIGHUP");
      },
    };
  }

  async stop(): Promise<void> {
    await Bun.spawn(["tmux", "-L", this.#socket, "kill-server"], {
      stdout: "ignore",
      stderr: "ignore",
    }).exited;
  }
}
