import type { LapArgs } from "../commands/command.ts";
import { LAP_FLAGS, flagWord } from "../commands/help.ts";
import { COMMANDS, isCommand } from "../commands/index.ts";
import { clean } from "../ui/text.ts";
import type { Slot } from "./slot.ts";
import type { KnownAgent, KnownSession, Stock } from "./stock.ts";

/** One word that may stand under the cursor. */
export interface Candidate {
  /** The whole word, not quoted. */
  value: string;
  /** One line, or nothing. */
  says: string;
  group: "command" | "agent" | "session" | "flag" | "value";
}

/** Which names of the platform's an argument stands for. */
export type Names = "agents" | "sessions";

type Kind = Names | "commands" | "files";

/** An argument stands for what it, or else its value, is called. */
const KINDS: Record<string, Kind> = {
  agent: "agents",
  session: "sessions",
  command: "commands",
  file: "files",
};

/** What an argument stands for, where that is known: of its own name, or of its value's. */
function kindOf(name: string, definition: LapArgs[string]): Kind | undefined {
  return KINDS[name] ?? KINDS[("valueHint" in definition && definition.valueHint) || ""];
}

/** The names that the platform must be known for, to complete a slot. */
export function namesFor(slot: Slot | undefined): Names | undefined {
  if (slot?.kind !== "value") return undefined;
  const kind = kindOf(slot.name, slot.definition);
  return kind === "agents" || kind === "sessions" ? kind : undefined;
}

/** Whether the name of a file is to stand in a slot. */
export function wantsFile(slot: Slot | undefined): boolean {
  return slot?.kind === "value" && kindOf(slot.name, slot.definition) === "files";
}

/** Every word that may stand in a slot; at the `first` word of a line also the commands. */
export function candidates(
  slot: Slot | undefined,
  args: LapArgs,
  stock: Stock,
  { first }: { first: boolean },
): Candidate[] {
  if (!slot) return [];
  if (slot.kind === "flag") return flags(args, slot.given, first);
  const { name, definition, lead } = slot;
  const kind = kindOf(name, definition);
  // The value of a flag is no command, also where nothing stands before it.
  const leads = first && lead === "";
  const found = [
    ...(leads || kind === "commands" ? commands() : []),
    ...(kind === "agents" ? agents(stock, leads) : []),
    ...(kind === "sessions" ? sessions(stock) : []),
    ...(definition.options ?? []).map((value) => ({ value, says: "", group: "value" as const })),
  ];
  return found.map((candidate) => ({ ...candidate, value: lead + candidate.value }));
}

function commands(): Candidate[] {
  return Object.entries(COMMANDS).map(([value, { says }]) => ({ value, says, group: "command" }));
}

function flags(args: LapArgs, given: ReadonlySet<string>, first: boolean): Candidate[] {
  const own = Object.entries(args)
    .filter(([name, { type }]) => type !== "positional" && !given.has(name))
    .map(([name, definition]) => {
      const negative = definition.type === "boolean" && definition.negativeDescription;
      return [flagWord(name, definition), negative || definition.description || ""] as const;
    });
  const lap = LAP_FLAGS.filter(({ anywhere }) => anywhere || first).map(
    ({ name, says }) => [`--${name}`, says] as const,
  );
  return [...own, ...lap].map(([value, says]) => ({ value, says, group: "flag" }));
}

/** Longer ones are nobody's to type or read. */
const MOST_CHARS = 200;

/** Whether a word of the platform's can be typed, and would then mean itself and nothing else. */
function isTypable(word: string): boolean {
  return word !== "" && word.length <= MOST_CHARS && clean(word) === word && !word.startsWith("-");
}

function agents({ agents: known, sessions: all }: Stock, first: boolean): Candidate[] {
  const running = new Set(all.filter(isAlive).map(({ agentId }) => agentId));
  const found = new Map<string, Candidate>();
  for (const { id, name, harness } of known) {
    const ownName = name !== null && isTypable(name) && !(first && isCommand(name));
    const value = ownName ? name : id;
    const about = [ownName ? "" : (name ?? ""), harness, running.has(id) ? "running" : ""];
    if (isTypable(value)) found.set(value, { value, says: words(about), group: "agent" });
  }
  return [...found.values()];
}

/** Of those that have ended, the newest: few are wanted, and a platform lists 200. */
const MOST_ENDED = 10;

function sessions({ agents: known, sessions: all }: Stock): Candidate[] {
  const names = new Map(known.map(({ id, name }: KnownAgent) => [id, name]));
  const ended = all.filter((session) => !isAlive(session)).slice(0, MOST_ENDED);
  return [...all.filter(isAlive), ...ended]
    .filter(({ id }) => isTypable(id))
    .map(({ id, agentId, status }) => ({
      value: id,
      says: words([names.get(agentId ?? "") ?? "", status]),
      group: "session",
    }));
}

function isAlive({ status }: KnownSession): boolean {
  return status === "ready" || status === "creating";
}

function words(texts: string[]): string {
  return texts.map(clean).filter(Boolean).join(", ").slice(0, MOST_CHARS);
}
