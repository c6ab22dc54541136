import { hasEnded, type Session } from "../api/sessions.ts";
import type { Context } from "../context.ts";
import { EXIT, UsageError } from "../errors.ts";
import { restart, type Restarted } from "../launch/restart.ts";
import { startProgress } from "../ui/progress.ts";
import { askOne, canPrompt } from "../ui/prompt.ts";
import { clean, shellWord } from "../ui/text.ts";
import { command } from "./command.ts";
import { requireClient } from "./platform.ts";
import { findSession, SESSION_ARG } from "./reference.ts";

export default command({
  description: "Give a session a fresh sandbox; what is in the old one is lost",
  args: {
    session: SESSION_ARG,
    yes: { type: "boolean", alias: "y", description: "Do not ask first" },
  },
  examples: ["lap restart 6f9619ff", "lap restart --yes 6f9619ff  # for scripts"],
  async run({ session: reference, yes }, context) {
    const client = requireClient(context);
    const { log } = context;
    const before = await findSession(reference, client, context.signal);
    if (!yes && !(await mayRestart(context, before))) {
      log.log("nothing was changed");
      return EXIT.failure;
    }
    const progress = startProgress(context.stderr, context.clock);
    let restarted: Restarted;
    try {
      const { clock, signal } = context;
      restarted = await restart(client, before, { clock, signal, onPhase: progress.update });
    } finally {
      progress.done();
    }
    const id = clean(before.id);
    if (restarted.asked) log.success(`session ${id} is ready, with a fresh sandbox`);
    else log.success(`session ${id} is ready; it was being started already, and not once more`);
    log.log(before.hasTerminal === false ? ON_PAGE : `  \`lap attach ${shellWord(id)}\` joins it.`);
    return EXIT.ok;
  },
});

const ON_PAGE = "  It is a chat: the platform's web page opens it.";

/** Only a sandbox that still runs has something to lose. */
async function mayRestart(context: Context, session: Session): Promise<boolean> {
  if (hasEnded(session) || session.status === "creating") return true;
  const id = clean(session.id);
  if (!canPrompt(context)) {
    throw new UsageError(
      "lap restart asks before a sandbox is lost, and there is no terminal to ask on",
      `For scripts: lap restart --yes ${shellWord(id)}`,
    );
  }
  context.log.warn(`what is in the sandbox of session ${id} will be lost:`);
  context.log.log("  all files (what is not pushed is gone), all that runs in it, and the");
  context.log.log("  variables that were given to this session alone (env_vars)");
  if (session.hasTerminal === false)
    context.log.log("  The conversation is kept, and told to the new one.");
  return askOne(context, "Restart it?", [
    { value: false, label: "No, keep it as it is" },
    { value: true, label: "Yes, with a fresh sandbox" },
  ]);
}
