import { Interrupted, LapError } from "../errors.ts";

/**
 * An error whose hint names commands for the profile that was asked for: without it they would lead to
 * another platform.
 */
export function inProfile(error: unknown, profile: string | undefined): unknown {
  if (profile === undefined || !(error instanceof LapError) || !error.hint) return error;
  const hint = error.hint.replace(/`lap ([^`]*)`|^ {2}lap (.+)$/gm, (all, quoted, listed) => {
    if (`${quoted ?? listed}`.includes("--profile")) return all;
    return all.replace("lap ", `lap --profile ${profile} `);
  });
  const { message, exitCode } = error;
  return error instanceof Interrupted
    ? new Interrupted(error.signal, message, hint)
    : new LapError(message, { hint, exitCode, cause: error });
}
