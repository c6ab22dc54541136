import type { TtyInput } from "./input.ts";
import type { OwedAnswer } from "./terminal.ts";
import { within } from "./within.ts";

/** How long an answer may take. Terminals answer at once; only the network below ssh takes time. */
const ANSWER_TIMEOUT_MS = 3_000;
/** The same where there may be none, as few terminals never answer: a way over a satellite takes less. */
const NO_ANSWER_TIMEOUT_MS = 1_000;

/** Primary device attributes: every terminal answers it, after all it was asked before. */
const ASK_ATTRIBUTES = "\x1b[c";
// oxlint-disable-next-line no-control-regex
const ATTRIBUTES = /\x1b\[\?[\d;]*c/g;

/**
 * Asks the terminal one thing more and reads until that is answered, behind what it owed before.
 * Only done where something may be owed: if the terminal were slower than lap waits, the answer
 * itself would land in the shell. A terminal that is gone answers nothing, and is not asked.
 */
export async function dropAnswers(
  input: TtyInput,
  { attributes, sure }: OwedAnswer,
  write: (text: string) => void,
): Promise<void> {
  if (input.ended) return;
  const answered = Promise.withResolvers<void>();
  let seen = "";
  input.on = {
    data(bytes) {
      seen += Buffer.from(bytes).toString("latin1");
      if (attributesIn(seen) > attributes) answered.resolve();
    },
    end: answered.resolve,
  };
  input.resume();
  write(ASK_ATTRIBUTES);
  await within(sure ? ANSWER_TIMEOUT_MS : NO_ANSWER_TIMEOUT_MS, answered.promise);
}

/** How many answers to the question for the device attributes there are. */
export function attributesIn(text: string): number {
  return text.match(ATTRIBUTES)?.length ?? 0;
}
