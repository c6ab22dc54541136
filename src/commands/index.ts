import type { LapCommand } from "./command.ts";

/** Every verb, in the order in which help lists them, each loaded when it is typed. */
export const COMMANDS = {
  open: { load: () => import("./open.ts"), says: "Open an agent's sandbox in this terminal" },
  attach: { load: () => import("./attach.ts"), says: "Return to a session" },
  agents: { load: () => import("./agents.ts"), says: "List the agents of the platform" },
  sessions: { load: () => import("./sessions.ts"), says: "List the sessions; also `lap ps`" },
  stop: { load: () => import("./stop.ts"), says: "End sessions" },
  restart: { load: () => import("./restart.ts"), says: "Give a session a fresh sandbox" },
  logs: { load: () => import("./logs.ts"), says: "Show what happened to a session, and its log" },
  diagnose: { load: () => import("./diagnose.ts"), says: "Tell what is wrong with a session" },
  login: { load: () => import("./login.ts"), says: "Save a platform and its master key" },
  logout: { load: () => import("./logout.ts"), says: "Remove the saved platform and key" },
  config: { load: () => import("./config.ts"), says: "Show and change the configuration" },
  doctor: { load: () => import("./doctor.ts"), says: "Name what is wrong on the way to a sandbox" },
  reset: {
    load: () => import("./reset.ts"),
    says: "Repair a terminal that was left in a bad state",
  },
  upgrade: { load: () => import("./upgrade.ts"), says: "Replace lap by its newest release" },
  completion: {
    load: () => import("./completion.ts"),
    says: "Print what completes lap in bash, zsh or fish",
  },
  demo: { load: () => import("./demo.ts"), says: "Try lap on this machine, without a platform" },
  help: { load: () => import("./help-command.ts"), says: "Explain lap or one of its commands" },
} satisfies Record<string, { load: () => Promise<{ default: LapCommand }>; says: string }>;

export type CommandName = keyof typeof COMMANDS;

const ALIASES: Record<string, CommandName> = { ps: "sessions" };

/** Whether a word is taken for a command, by its name or another one. */
export function isCommand(word: string): boolean {
  return commandNamed(word) !== undefined;
}

/** The command that a word is the name of, or another name. */
export function commandNamed(word: string): CommandName | undefined {
  if (Object.hasOwn(COMMANDS, word)) return word as CommandName;
  return Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined;
}

/**
 * The command that a line calls, and what it gets. Reserved words are commands; anything else is an
 * agent. `--resume` is the Node client's `attach`.
 */
export function route(argv: readonly string[]): { name: CommandName; rest: readonly string[] } {
  const [first = "", ...rest] = argv;
  const name = commandNamed(first);
  if (name) return { name, rest };
  // A terminal in need of it sends CR for Enter, which dash takes for a part of the word.
  if (first === "reset\r") return { name: "reset", rest };
  if (first === "--resume") return { name: "attach", rest };
  if (first.startsWith("--resume=")) {
    return { name: "attach", rest: [first.slice("--resume=".length), ...rest] };
  }
  return { name: "open", rest: argv };
}

export async function loadCommand(name: CommandName): Promise<LapCommand> {
  return (await COMMANDS[name].load()).default;
}
