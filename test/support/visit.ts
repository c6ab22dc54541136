import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import type { Platform } from "../../src/demo/platform.ts";
import type { Tty, TtyClient } from "../../src/demo/tty.ts";
import type { TemporaryHome } from "./home.ts";
import { type Outcome, realClock, runLap, type WorldOptions } from "./world.ts";

/** What one connection's program does when the client has sent its size. */
export type Greeting = (client: TtyClient) => void;

/** Programs that only greet, for `openTty`; `typed` keeps what they were sent. */
export function greeter(greet: Greeting, typed: string[] = []): () => Tty {
  return () => ({
    attach: (client) => {
      greet(client);
      return {
        keys: (bytes) => typed.push(Buffer.from(bytes).toString()),
        resize() {},
        drained() {},
        closed() {},
      };
    },
    stop: async () => {},
  });
}

/** The program ends by itself, as the harness says it (PROTOCOL 6.5). */
export const exits: Greeting = (client) => {
  client.send("\r\n[bridge] process exited (code=0, signal=0)\r\n");
  client.close();
};

const SCREEN_MS = 10_000;

export interface VisitOptions extends Partial<WorldOptions> {
  home: string;
  platform: Platform;
  /** What is typed once the terminal is joined and shows `hello`. Default: Ctrl-D. */
  typed?: string;
}

/** Runs lap at a terminal, logged in by the environment, and types once `hello` is on the screen. */
export async function visit(argv: string[], options: VisitOptions): Promise<Outcome> {
  const { platform, typed = "\x04", env, ...world } = options;
  const terminal = new ScriptedTerminal(realClock);
  const running = runLap(argv, {
    ...world,
    env: { LAP_URL: platform.url, LAP_KEY: platform.key, ...env },
    terminal,
  });
  const joined = terminal.opened(running).then(() => terminal.shows("hello", SCREEN_MS));
  void joined.then(() => terminal.type(typed)).catch(() => {});
  return running;
}

export const hello: Greeting = (client) => client.send("hello");

/** What `state.json` holds, by agent. */
export async function remembered(home: TemporaryHome, base: string) {
  const { sessions } = await Bun.file(home.state).json();
  return Object.values(sessions[base] as Record<string, { id: string; agentId: string }>);
}
