import type { TemporaryHome } from "./home.ts";
import { lap, type LapOptions } from "./lap.ts";
import type { Pty } from "./pty.ts";
import type { ScriptedSandbox } from "./sandbox.ts";
import { waitFor } from "./wait.ts";

/** What lap writes first, once the terminal is raw: the title saved. */
export const TAKEN_OVER = "\x1b[22;0t";

/** Opens (or attaches to) a scripted sandbox in a real terminal; done once lap took that over. */
export async function join(
  home: TemporaryHome,
  sandbox: ScriptedSandbox,
  args: string[] = [],
  options: LapOptions & { attach?: boolean } = {},
): Promise<Pty> {
  const opened = options.attach ? ["attach", sandbox.session, ...args] : [sandbox.agent, ...args];
  const env = { ...sandbox.login, ...options.env };
  const pty = lap(home, opened, { ...options, env });
  await waitFor(
    () => pty.text().includes(TAKEN_OVER),
    () => `lap to take the terminal over; it shows:\n${pty.screen()}`,
  );
  await sandbox.joined();
  return pty;
}
