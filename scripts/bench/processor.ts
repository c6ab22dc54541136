import { availableParallelism } from "node:os";

/**
 * What to put before a command that is to stay on one processor; nothing where the system cannot do
 * that. On two processors a writer that works a little more may otherwise push its reader about, which
 * costs up to three times the work (measured). With more of them each finds one that is free.
 */
export function onProcessor(index: number): string[] {
  const possible = Bun.which("taskset") && index < availableParallelism();
  return possible ? ["taskset", "-c", String(index)] : [];
}
