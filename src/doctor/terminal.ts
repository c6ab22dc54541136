import type { Terminal } from "../term/terminal.ts";
import { type Finding, findings } from "./finding.ts";
import type { DoctorWorld } from "./world.ts";

/** A terminal here answers in a few ms, one over a slow line in some hundred. */
const ANSWER_MS = 1_000;
/** What it is (XTVERSION), whether it speaks the kitty keyboard protocol, and what every one answers. */
const QUESTIONS = "\x1b[>q\x1b[?u\x1b[c";

/** What the terminal is and can do, by what it says of itself. */
export async function checkTerminal(world: DoctorWorld): Promise<Finding> {
  const { env, terminal } = world;
  const { pass, warn, skip } = findings("terminal");
  if (!terminal) return skip("stdin or stdout is no terminal");
  const type = env.TERM ?? "";
  const size = terminal.size();
  const answer = await ask(terminal, world);
  const able = [
    size ? `${size.columns}×${size.rows}` : "",
    /truecolor|24bit/i.test(env.COLORTERM ?? "") ? "full colour" : "",
    answer.kitty ? "kitty's keys" : "",
    env.TMUX ? "inside tmux" : "",
  ].filter(Boolean);
  const says = `${answer.name ?? env.TERM_PROGRAM ?? "a terminal"}, TERM=${type}: ${able.join(", ")}`;
  if (type === "" || type === "dumb") {
    return warn(
      `TERM is ${type || "not set"}`,
      "Set it to what the terminal is, such as xterm-256color.",
    );
  }
  if (!size) return warn(says, "It does not tell its size; `stty cols 100 rows 30` sets one.");
  if (!answer.any)
    return warn(`${says}; it answers no questions`, "Full-screen programs may wait for answers.");
  return pass(says);
}

interface Answer {
  any: boolean;
  name?: string;
  kitty: boolean;
}

async function ask(terminal: Terminal, { clock, signal }: DoctorWorld): Promise<Answer> {
  let heard = "";
  const done = Promise.withResolvers<void>();
  const onAbort = () => done.resolve();
  const cancel = clock.after(ANSWER_MS, done.resolve);
  signal.addEventListener("abort", onAbort, { once: true });
  terminal.open({
    onInput: (bytes) => {
      heard += Buffer.from(bytes).toString();
      // The last question's answer: the others have come by then, or will not.
      if (ATTRIBUTES.test(heard)) done.resolve();
    },
    onResize() {},
    onContinue() {},
    onWritten() {},
    onHangup: done.resolve,
  });
  terminal.write(QUESTIONS);
  await done.promise;
  cancel();
  signal.removeEventListener("abort", onAbort);
  const any = ATTRIBUTES.test(heard);
  await terminal.close({ answersOwed: { attributes: any ? 0 : 1, sure: any } });
  signal.throwIfAborted();
  const [, name] = VERSION.exec(heard) ?? [];
  return { any, kitty: KITTY.test(heard), ...(name ? { name } : {}) };
}

/* oxlint-disable no-control-regex */
const ATTRIBUTES = /\x1b\[\?[\d;]*c/;
const KITTY = /\x1b\[\?\d+u/;
const VERSION = /\x1bP>\|([^\x1b]*)\x1b\\/;
