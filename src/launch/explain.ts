import type { Client } from "../api/client.ts";
import { getDiagnosis } from "../api/diagnosis.ts";
import { shellWord } from "../ui/text.ts";
import { readFindings } from "./findings.ts";

/** What is said about a failed start, beside its own reason; the rest is for `lap diagnose`. */
const MOST_FINDINGS = 3;
/** How long a person who waited already waits for the why. */
const ASK_MS = 10_000;

export interface ExplainOptions {
  signal: AbortSignal;
  onPhase: (label: string) => void;
  askMs?: number;
}

/**
 * What the platform knows of why a session does not start, in lines for a hint. Never fails: the
 * reason that is known already goes before, whatever comes of asking, Ctrl-C included.
 */
export async function explainStart(
  client: Client,
  id: string,
  { signal, onPhase, askMs = ASK_MS }: ExplainOptions,
): Promise<string[]> {
  const more = `\`lap diagnose ${shellWord(id)}\``;
  onPhase("asking the platform what is wrong");
  const bundle = await getDiagnosis(client, id, { signal, timeoutMs: askMs }).catch(
    () => undefined,
  );
  if (!bundle) return [`${more} asks the platform what is wrong.`];
  const all = readFindings(bundle, id);
  const faults = all.filter(({ severity }) => severity !== "info");
  const findings = (faults.length > 0 ? faults : all).slice(0, MOST_FINDINGS);
  if (findings.length === 0) return [];
  return [
    ...findings.flatMap(({ what, advice }) => [what, advice ?? []].flat()),
    `${more} tells more.`,
  ];
}
