import { deleteSession, getSession } from "../api/sessions.ts";
import type { Client } from "../api/client.ts";
import { forgetSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { clean } from "../ui/text.ts";
import { command } from "./command.ts";
import { requireClient } from "./platform.ts";

export default command({
  description: "End a session; what runs in its sandbox is lost",
  args: { session: { type: "positional", required: true, description: "The session's id" } },
  examples: ["lap stop 6f9619ff-8b86-4d01-b42d-00cf4fc964ff"],
  async run({ session: id }, context) {
    const client = requireClient(context);
    const found = await stopSession(context, client, id);
    forgetSession(context.home, client.base, id);
    if (found) context.log.success(`session ${clean(id)} is stopped`);
    else context.log.error(`there is no session '${clean(id)}' on ${client.base}`);
    return found ? EXIT.ok : EXIT.failure;
  },
});

/** How long, and how often, a session deleted during its bring-up is watched for coming back. */
const WATCH_MS = 5_000;
const WATCH_INTERVAL_MS = 500;

/**
 * Deletes a session. One that was still `creating` is brought back by the end of its bring-up
 * (PROTOCOL 4), so it is looked at for a few seconds and deleted again.
 *
 * @returns false where there is none of that id.
 */
export async function stopSession(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  client: Client,
  id: string,
): Promise<boolean> {
  const before = await getSession(client, id, signal);
  if (!before || !(await deleteSession(client, id, signal))) return false;
  if (before.status !== "creating") return true;
  for (let waited = 0; waited < WATCH_MS; waited += WATCH_INTERVAL_MS) {
    await clock.sleep(WATCH_INTERVAL_MS, signal);
    const now = await getSession(client, id, signal);
    if (!now) return true;
    if (now.status === "ready" || now.status === "creating")
      await deleteSession(client, id, signal);
  }
  return true;
}
