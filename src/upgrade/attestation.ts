import { LapError } from "../errors.ts";
import { runTool } from "./tool.ts";

/** Whether it was shown that a file was built by lap's own repository, and else why nobody asked. */
export type Attested = "verified" | "no gh" | "gh too old" | "gh not logged in" | "no repository";

/** gh asks GitHub and sigstore. */
const GH_MS = 60_000;
/** gh's own code for it. */
const NOT_LOGGED_IN = 4;

/**
 * Has the GitHub CLI verify the build provenance of a file, where there is one that can.
 *
 * @throws LapError where gh was asked and did not say yes.
 */
export async function verifyAttestation(
  file: string,
  repository: string | undefined,
  { env, signal }: { env: Record<string, string | undefined>; signal: AbortSignal },
): Promise<Attested> {
  if (!repository) return "no repository";
  const options = {
    env: { ...env, GH_PROMPT_DISABLED: "1", GH_NO_UPDATE_NOTIFIER: "1", NO_COLOR: "1" },
    timeoutMs: GH_MS,
    signal,
  };
  const can = await runTool("gh", ["attestation", "verify", "--help"], options);
  if (can.code === undefined) return "no gh";
  if (can.code !== 0) return "gh too old";
  const { code, stderr } = await runTool(
    "gh",
    ["attestation", "verify", file, "--repo", repository],
    options,
  );
  if (code === 0) return "verified";
  if (code === NOT_LOGGED_IN) return "gh not logged in";
  const words = stderr.trim().split("\n").slice(-3).join(" ");
  throw new LapError(`gh does not confirm that the release file was built by ${repository}`, {
    hint: `${words && `gh says: ${words}\n`}Nothing was changed. Where gh cannot reach GitHub, --no-attestation goes by the checksum alone.`,
  });
}
