import type { LapArgs } from "../commands/command.ts";
import { LAP_FLAGS, flagForms } from "../commands/help.ts";
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

type Kind = "agents" | "sessions" | "profiles" | "commands" | "files";

/** An argument stands for what it, or else its value, is called. */
const KINDS: Record<string, readonly Kind[]> = {
  agent: ["agents"],
  session: ["sessions"],
  target: ["agents", "sessions"],
  profile: ["profiles"],
  command: ["commands"],
  file: ["files"],
};

/** What the word in a slot is the name of, where that is known. */
function kindsOf(slot: Slot | undefined): readonly Kind[] {
  if (slot?.kind !== "value") return [];
  const { name, definition, options } = slot;
  if (typeof options === "string") return KINDS[options] ?? [];
  return KINDS[name] ?? KINDS[("valueHint" in definition && definition.valueHint) || ""] ?? [];
}

/** Whether the platform's names must be known to complete a slot. */
export function needsNames(slot: Slot | undefined): boolean {
  return kindsOf(slot).some((kind) => kind === "agents" || kind === "sessions");
}

/** Whether the name of a file is to stand in a slot. */
export function wantsFile(slot: Slot | undefined): boolean {
  return kindsOf(slot).includes("files");
}

/** What a line may name, beside what its command's definition says. */
export interface Names {
  stock: Stock;
  profiles: () => readonly string[];
}

/** Every word that may stand in a slot; at the `first` word of a line also the commands. */
export function candidates(
  slot: Slot | undefined,
  args: LapArgs,
  { stock, profiles }: Names,
  { first }: { first: boolean },
): Candidate[] {
  if (!slot) return [];
  if (slot.kind === "flag") return flags(args, slot.given, first);
  const { options, lead, given } = slot;
  const kinds = kindsOf(slot);
  // The value of a flag is no command, also where nothing stands before it.
  const leads = first && lead === "";
  const found = [
    ...(leads || kinds.includes("commands") ? commands() : []),
    ...(kinds.includes("agents") ? agents(stock, leads) : []),
    ...(kinds.includes("sessions") ? sessions(stock) : []),
    ...(kinds.includes("profiles") ? values(profiles()) : []),
    ...(typeof options === "string" ? [] : values(options)),
  ];
  return found
    .filter(({ value }) => !given.has(value))
    .map((candidate) => ({ ...candidate, value: lead + candidate.value }));
}

function values(words: readonly string[]): Candidate[] {
  return words.map((value) => ({ value, says: "", group: "value" }));
}

function commands(): Candidate[] {
  return Object.entries(COMMANDS).map(([value, { says }]) => ({ value, says, group: "command" }));
}

function flags(args: LapArgs, given: ReadonlySet<string>, first: boolean): Candidate[] {
  const own = Object.entries(args)
    .filter(([name, { type }]) => type !== "positional" && !given.has(name))
    .flatMap(([name, definition]) => flagForms(name, definition));
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
