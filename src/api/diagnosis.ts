import { type Client, orMissing, segment } from "./client.ts";
import { PlatformUnreachable } from "./errors.ts";

/**
 * What a platform gathers about a session to tell what is wrong with it: `session`, `agent`, `pod`,
 * `sandbox_cr`, `service`, `pod_logs_tail`, `node`, `image_cache`, `warm_pool`, `harness_probe`,
 * `detected_issues` and `notes` (PROTOCOL 5). Any of them may be missing, null or odd. Holds no secret.
 */
export type Bundle = Readonly<Record<string, unknown>>;

/** Each of the platform's own questions to its cluster may take 15 s, one after the other. */
const DIAGNOSIS_TIMEOUT_MS = 60_000;
/** A pod's log has its last lines in it, some 100 KB. Secrets are looked for in all of it. */
const LONGEST_DIAGNOSIS_BYTES = 4 * 1024 * 1024;

/**
 * The platform's bundle about a session, without its secrets; undefined where there is no such session.
 *
 * @throws PlatformUnreachable where the answer is no object, and what `Client.request` throws.
 */
export async function getDiagnosis(
  client: Client,
  id: string,
  { signal, timeoutMs = DIAGNOSIS_TIMEOUT_MS }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<Bundle | undefined> {
  const body = await orMissing(
    client.request(`/sessions/${segment(id)}/diagnose`, {
      signal,
      timeoutMs,
      mostBytes: LONGEST_DIAGNOSIS_BYTES,
      what: "diagnosis",
    }),
  );
  if (body === undefined) return undefined;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new PlatformUnreachable(`${client.base} answered with something that is not a diagnosis`);
  }
  return withoutSecrets(body as Bundle);
}

/** Fields that hold an environment, whose every value may be a secret. */
const ENVIRONMENT = /^env(?:s|ironment)?(?:_?vars?)?$/i;
/** Fields, and variables, that are called a secret. */
const SECRET =
  /token|secret|passw|credential|authorization|cookie|(?:api|private|master|access)[-_]?key|kube_?config/i;

/**
 * Secrets in running text, behind what gives them away. None begins with something of any length: of a
 * long line without blanks, which logs do hold, that would be tried from each of its letters to its end.
 */
const SECRET_TEXTS = [
  /((?:KEY|TOKEN|SECRET|PASSWORD)[A-Z0-9_]{0,64}=["']?)[^\s"']+/g,
  /(\bbearer\s+)[^\s"',]+/gi,
  /([?&](?:token|key|access_token|api_key)=)[^\s"'&]+/gi,
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  /(\bsk-)[\w-]{8,}/g,
];

/** Shorter ones are words that stand everywhere. */
const SHORTEST_SECRET = 8;
/** A pod has some dozens at most; each is looked for in every text. */
const MOST_SECRETS = 300;

/**
 * A copy without environments and fields called secrets, and with what the latter held gone from all texts.
 *
 * @throws PlatformUnreachable for more secrets than a session has.
 */
export function withoutSecrets(bundle: Bundle): Bundle {
  const secrets = new Set<string>();
  collect(bundle, false, secrets);
  if (secrets.size > MOST_SECRETS) {
    throw new PlatformUnreachable(
      `the platform's diagnosis holds more than ${MOST_SECRETS} secrets to hide`,
    );
  }
  const scrub = (text: string) => {
    let clear = text;
    for (const secret of secrets) {
      if (secret.length <= text.length) clear = clear.replaceAll(secret, "…");
    }
    for (const form of SECRET_TEXTS) clear = clear.replace(form, "$1…");
    return clear;
  };
  return copy(bundle, scrub) as Bundle;
}

function collect(value: unknown, secret: boolean, secrets: Set<string>): void {
  if (typeof value === "string" && secret && value.length >= SHORTEST_SECRET) secrets.add(value);
  if (typeof value !== "object" || value === null) return;
  // Kubernetes writes a variable as { name, value }.
  const { name: variable } = value as { name?: unknown };
  const called = typeof variable === "string" && SECRET.test(variable);
  for (const [name, content] of Object.entries(value)) {
    const holds = SECRET.test(name) || (called && name === "value");
    collect(content, secret || holds, secrets);
  }
}

function copy(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === "string") return scrub(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => copy(entry, scrub));
  const kept = Object.entries(value).filter(
    ([name]) => !ENVIRONMENT.test(name) && !SECRET.test(name),
  );
  return Object.fromEntries(kept.map(([name, content]) => [name, copy(content, scrub)]));
}
