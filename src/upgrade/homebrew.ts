import { LapError } from "../errors.ts";
import type { Origin } from "./origin.ts";

/**
 * Has Homebrew upgrade what it installed, in front of the person; what it prints goes to stderr.
 *
 * @throws LapError where it cannot be started or fails, and has said why.
 */
export async function upgradeByHomebrew(
  { brew, formula }: Extract<Origin, { kind: "homebrew" }>,
  env: Record<string, string | undefined>,
): Promise<void> {
  // Imported here: at the top it would be loaded by every lap, at its start.
  const { spawn } = await import("node:child_process");
  const code = await new Promise<number | null>((resolve, reject) => {
    spawn(brew, ["upgrade", formula], { env, stdio: ["inherit", 2, 2] })
      .once("exit", resolve)
      .once("error", reject);
  }).catch((cause: unknown) => {
    throw new LapError(`lap was installed by Homebrew, and ${brew} cannot be started`, {
      hint: `Run \`brew upgrade ${formula}\` yourself.`,
      cause,
    });
  });
  if (code !== 0) throw new LapError(`\`brew upgrade ${formula}\` failed; it said why`);
}
