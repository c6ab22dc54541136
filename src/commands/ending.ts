import type { ConsolaInstance } from "consola/core";
import type { AttachEnd, Undelivered } from "../attach/session.ts";
import { addHint, EXIT, Interrupted, LapError } from "../errors.ts";
import { withSessionLeft } from "../launch/launch.ts";
import { clean, formatAge, shellWord } from "../ui/text.ts";
import { isCommand } from "./index.ts";

/** What is known of a session's agent. */
export interface AgentName {
  id: string;
  name: string | null;
}

/**
 * Says how an attachment ended and what to do next.
 *
 * @param command what returns to the session.
 * @returns the exit code.
 * @throws the failure that it was, with what to do.
 */
export function sayEnd(log: ConsolaInstance, end: AttachEnd, command: string, id: string): number {
  switch (end.kind) {
    case "detached":
      if (end.stopping) {
        log.warn("detached before the platform said that the session is stopped");
        log.log(`  \`lap stop ${shellWord(clean(id))}\` makes sure.`);
        return EXIT.ok;
      }
      log.log(`detached — ${livesOn(command)}`);
      for (const words of undeliveredWords(end)) log.warn(words);
      if (end.livesMs !== undefined) {
        log.log(`  Left alone, the platform ends it in about ${roughly(end.livesMs)}.`);
      }
      return EXIT.ok;
    case "stopped":
      log.success(`session ${clean(id)} is stopped`);
      return EXIT.ok;
    case "exited":
      log.log("[ws closed] the program in the sandbox ended.");
      // What was sent before has nobody to arrive at.
      for (const words of undeliveredWords({ ...end, uncertain: 0 })) log.warn(words);
      log.log(`  \`${command}\` starts it afresh.`);
      return EXIT.ok;
    case "hangup":
      return new Interrupted("SIGHUP").exitCode;
    case "closed": {
      const reason = clean(end.reason);
      const how = end.repeated
        ? "the sandbox closes the connection as soon as it is open"
        : "the connection was lost";
      log.error(`[ws closed] ${how} (${end.code}${reason && `: ${reason}`})`);
      for (const words of undeliveredWords(end)) log.log(`  ${words}.`);
      log.log(`  ${adviceAfter(end, command, id)}`);
      return EXIT.lost;
    }
    case "failed": {
      const error = withSessionLeft(end.error, id);
      const words = undeliveredWords(end).map((said) => `${said}.`);
      if (words.length === 0 || !(error instanceof LapError)) throw error;
      throw addHint(error, words.join(" "));
    }
  }
}

/** That a session which was left goes on, and what returns to it. */
export function livesOn(command: string): string {
  return `the session lives on. Return to it with: ${command}`;
}

/**
 * What brings a person back: the agent's name where that can be typed and leads to it, else its id;
 * the session's id where the agent is not known.
 *
 * @param profile that was named, and has to be again.
 */
export function returnCommand(
  session: { id: string },
  agent: AgentName | undefined,
  profile?: string,
): string {
  const lap = profile === undefined ? "lap" : `lap --profile ${profile}`;
  if (!agent) return `${lap} attach ${shellWord(session.id)}`;
  const { name, id } = agent;
  const word = name && clean(name) === name ? name : clean(id);
  const open = word.startsWith("-") ? " open --" : isCommand(word) ? " open" : "";
  return `${lap}${open} ${shellWord(word)}`;
}

function adviceAfter(
  { quiet, repeated }: Extract<AttachEnd, { kind: "closed" }>,
  command: string,
  id: string,
): string {
  const suspects =
    "the sandbox may have been reaped, or the terminal token is wrong. Check `lap config`";
  if (repeated) {
    return `Its program may fail to start, ${suspects}; \`lap diagnose ${shellWord(id)}\` says more. \`lap <agent> --new\` opens a fresh one.`;
  }
  return quiet
    ? `Nothing came over it: ${suspects}, then open a fresh one with \`lap <agent> --new\`.`
    : `\`${command}\` returns to it, if it is still alive.`;
}

function undeliveredWords({ unsent = 0, uncertain = 0 }: Undelivered): string[] {
  const bytes = (count: number) => (count === 1 ? "1 byte" : `${count} bytes`);
  return [
    ...(uncertain > 0 ? [`${bytes(uncertain)} of your input may not have arrived`] : []),
    ...(unsent > 0
      ? [`${bytes(unsent)} that you typed ${unsent === 1 ? "was" : "were"} not sent`]
      : []),
  ];
}

function roughly(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes === 0) return `${Math.round(ms / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : formatAge(ms);
}
