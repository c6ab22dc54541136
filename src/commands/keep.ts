import type { Client } from "../api/client.ts";
import type { Session } from "../api/sessions.ts";
import type { Context } from "../context.ts";
import { Interrupted } from "../errors.ts";
import { sessionLeft } from "../launch/launch.ts";
import { askOne, canPrompt } from "../ui/prompt.ts";
import { clean, shellWord } from "../ui/text.ts";
import { stopSessions } from "./stopping.ts";

/**
 * After Ctrl-C while a session comes up: asks the person whether to keep or to stop it, and stops it. A
 * second Ctrl-C keeps it, and so does whoever cannot be asked.
 *
 * @param interrupted says how to reach and how to stop what is kept.
 * @returns what lap ends with: still interrupted, whatever was answered.
 */
export async function keepOrStop(
  context: Context,
  client: Client,
  session: Session,
  interrupted: Interrupted,
): Promise<unknown> {
  if (interrupted.signal !== "SIGINT" || !canPrompt(context)) return interrupted;
  // The first Ctrl-C has ended `context.signal`, which everything else goes by.
  const world: Context = { ...context, signal: context.again };
  const name = `session ${clean(session.id)}`;
  try {
    const stop = await askOne(world, `${name} is still starting. And now?`, [
      { value: false, label: "Keep it", hint: `lap attach ${shellWord(session.id)}` },
      { value: true, label: "Stop it", hint: "nothing of it stays" },
    ]);
    if (!stop) return interrupted;
  } catch (error) {
    const by = error instanceof Interrupted ? error.signal : interrupted.signal;
    return new Interrupted(by, interrupted.message, interrupted.hint);
  }
  try {
    await stopSessions(world, client, [session]);
    return new Interrupted("SIGINT");
  } catch (error) {
    if (error instanceof Interrupted) return error;
    const reason = error instanceof Error ? error.message : String(error);
    const left = sessionLeft(session.id);
    return new Interrupted("SIGINT", `${name} was not stopped: ${reason}`, left);
  }
}
