import { availableParallelism } from "node:os";

/**
 * What to put before a command that is to stay on one processor; nothing where the system cannot do
 * that. A writer that works a little more may otherwise push its reader about, which costs more than the
 * work (measured on two processors: three times as much).
 */
export function onProcessor(index: number): string[] {
  const possible = Bun.which("taskset") && index < availableParallelism();
  return possible ? ["taskset", "--cpu-list", String(index)] : [];
}
