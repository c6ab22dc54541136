import { LapError } from "../errors.ts";
import { parseVersion } from "./newer.ts";
import { runTool } from "./tool.ts";

/** A binary that is read from the disk for the first time takes a while. */
const START_MS = 30_000;

/**
 * Starts a lap and asks for its version.
 *
 * @throws LapError where it does not start, or answers with anything else.
 */
export async function askVersion(binary: string, signal: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await runTool(binary, ["--version"], {
    env: {},
    timeoutMs: START_MS,
    signal,
  });
  const version = code === 0 ? parseVersion(stdout) : undefined;
  if (version) return version;
  const [words = ""] = stderr.trim().split("\n");
  throw new LapError(`${binary} does not start here${words && `: ${words}`}`);
}
