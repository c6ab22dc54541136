import type { Outcome } from "../world.ts";

/** What lap promises of an end by itself (see `EXIT`); 255 is a terminal's. */
const CODES = [0, 1, 2, 4, 255];
/** Everything that does something to a terminal, or reorders a line; written out here to hold lap to it. */
const HARMFUL =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
/** What only a fault of lap's own says. */
const FAULTS = [/internal error/, /\bundefined\b/, /\bNaN\b/, /\[object /, /^\s+at .+:\d+/m];

/**
 * What is wrong with how a run ended, whatever the platform did.
 *
 * @param secrets what is to be seen nowhere.
 * @param rawOutput stdout is the sandbox's own output.
 */
export function faultsOf(
  { code, stdout, stderr }: Outcome,
  { secrets, json = false, rawOutput = false }: Expected,
): string[] {
  const said = rawOutput ? stderr : `${stdout}\n${stderr}`;
  const found: string[] = [];
  if (!CODES.includes(code)) found.push(`exit code ${code}`);
  if (code !== 0 && said.trim() === "") found.push(`exit code ${code} without a word`);
  if (HARMFUL.test(said)) found.push("control characters");
  for (const fault of FAULTS) if (fault.test(said)) found.push(`says ${fault.source}`);
  for (const secret of secrets) if (said.includes(secret)) found.push(`shows ${secret}`);
  if (json && code === 0 && !isJson(stdout)) found.push("stdout is not JSON");
  return found;
}

export interface Expected {
  secrets: readonly string[];
  json?: boolean;
  rawOutput?: boolean;
}

/** One value, or one a line. */
function isJson(text: string): boolean {
  const parses = (part: string) => {
    try {
      JSON.parse(part);
      return true;
    } catch {
      return false;
    }
  };
  return parses(text) || text.trimEnd().split("\n").every(parses);
}
