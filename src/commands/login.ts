import { addAbortSignal } from "node:stream";
import { createClient } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { readAll } from "../attach/feed.ts";
import {
  type ConfigFile,
  configPath,
  type Entry,
  readConfig,
  tilde,
} from "../config/configfile.ts";
import { type Credentials, parseKey } from "../config/credentials.ts";
import { type Login, saveLogin } from "../config/login.ts";
import { DEFAULT_PROFILE, profileEntry, selectProfile } from "../config/profiles.ts";
import type { Context } from "../context.ts";
import { addHint, EXIT, Interrupted, LapError, UsageError } from "../errors.ts";
import { isPlainRemote, normalizeBase } from "../net/url.ts";
import type { Secret } from "../net/secret.ts";
import { askOne, askSecret, askText, canPrompt } from "../ui/prompt.ts";
import { clean } from "../ui/text.ts";
import { command } from "./command.ts";
import { keychainOf } from "./keychain.ts";
import { worldOf } from "./network.ts";
import { droppedWords, readConfigAloud, untilWritable } from "./saved.ts";

export default command({
  description: "Save a platform's URL and its master key, once both are known to work",
  args: {
    url: { type: "string", valueHint: "url", description: "The platform's URL" },
    "key-stdin": { type: "boolean", description: "Read the master key from stdin" },
    keychain: {
      type: "boolean",
      description: "Keep the key in the keychain of this machine",
      negativeDescription: "Keep it in the file, though it was in the keychain",
    },
  },
  examples: [
    "lap login  # asks for both",
    "lap login --url https://lap.acme.dev --key-stdin < key.txt",
    "lap login --profile acme  # one of several platforms",
    "lap login --keychain  # the key goes into the keychain, not into the file",
  ],
  async run(args, context) {
    const { url, "key-stdin": keyFromStdin = false, keychain } = args;
    await login(context, { url, keyFromStdin, keychain });
  },
});

/** A key is one line; more than this is a wrong file. */
const LONGEST_KEY_CHARS = 64 * 1024;

/**
 * Asks for what was not given, tries it on the platform, and only then saves it.
 *
 * @throws LapError where the platform is out of reach or refuses the key and nobody can be asked for
 *   another; nothing is saved then.
 */
export async function login(
  context: Context,
  given: { url?: string | undefined; keyFromStdin?: boolean; keychain?: boolean | undefined },
): Promise<Credentials> {
  const { log } = context;
  const interactive = canPrompt(context) && !given.keyFromStdin;
  if (!interactive && !(given.url && given.keyFromStdin)) {
    throw new UsageError(
      "lap login asks questions, and there is no terminal to ask on",
      "For scripts: lap login --url URL --key-stdin < key.txt",
    );
  }
  const { name: profile, entry } = target(context);
  const base = normalizeBase(given.url ?? (await askUrl(context, entry?.base)));
  if (isPlainRemote(base)) {
    log.warn(`${base} is plain http: the master key can be read on the way`);
  }
  const replaced = otherBase(entry, base);
  if (replaced && interactive) await confirmReplacing(context, replaced, base);
  let key = given.keyFromStdin ? await readKey(context) : await askKey(context);
  while (!(await isAccepted(context, { base, key }))) {
    const refused = "the platform refused the master key (401)";
    if (!interactive) {
      throw new LapError(refused, { hint: NOTHING_SAVED, exitCode: EXIT.refused });
    }
    log.error(refused);
    key = await askKey(context);
  }
  // Whoever chose the keychain once does not want the key in a file the next time.
  const keychain = given.keychain ?? entry?.keyStore === "keychain";
  await untilWritable(context);
  await save(context, { profile, base, key }, { keychain });
  if (replaced && !interactive) {
    log.log(`  It takes the place of ${clean(replaced)}; --profile NAME keeps both.`);
  }
  if (context.env.LAP_URL || context.env.LAP_KEY) {
    log.warn("LAP_URL or LAP_KEY is set in the environment and goes before what was saved");
  }
  return { base, key, profile, sources: { base: "file", key: "file" } };
}

/** The platform that was logged in to, if it is another one. */
function otherBase(entry: Entry | undefined, base: string): string | undefined {
  if (!entry?.base) return undefined;
  try {
    return normalizeBase(entry.base) === base ? undefined : entry.base;
  } catch {
    return entry.base;
  }
}

/** @throws LapError where the login that is there is to stay. */
async function confirmReplacing(context: Context, old: string, base: string): Promise<void> {
  const isSure = await askOne(context, `You are logged in to ${clean(old)}. Replace that login?`, [
    { value: false, label: "No", hint: "`lap login --profile NAME` keeps both" },
    { value: true, label: `Yes, by one to ${base}` },
  ]);
  if (isSure) return;
  throw new LapError(`the login to ${clean(old)} stays`, {
    hint: "`lap login --profile NAME` saves another one beside it.",
  });
}

/** The profile that is logged in to, and what is saved of it. */
function target(context: Context): { name: string; entry: Entry | undefined } {
  let file: ConfigFile | undefined;
  try {
    file = readConfigAloud(context);
  } catch {
    // A broken file is about to be replaced.
  }
  const { name } = selectProfile(context.env, context.profile, file);
  return { name, entry: profileEntry(file, name) };
}

async function save(context: Context, login: Login, wish: { keychain: boolean }): Promise<void> {
  const { home, log } = context;
  const saved = await saveLogin(home, keychainOf(context), login, wish);
  const { fault, leftover, keptIn, broken, dropped } = saved;
  if (broken) {
    log.warn(`the config file was broken, and began anew; it is kept as ${tilde(broken, home)}`);
  }
  if (fault) log.warn(`the keychain of this machine does not keep the key: ${fault}`);
  if (leftover) log.warn(`the old key is still in the keychain of this machine: ${leftover}`);
  if (dropped) log.warn(droppedWords(dropped));
  const { profile } = login;
  const isNamed = profile !== DEFAULT_PROFILE;
  const whose = isNamed ? ` as profile '${profile}'` : "";
  const where = keptIn === "keychain" ? ", the key to the keychain" : "";
  log.success(`saved to ${tilde(configPath(home), home)}${whose}${where}`);
  if (isNamed && selectProfile({}, undefined, readConfig(home)).name !== profile) {
    log.log(
      `  \`lap --profile ${profile}\` uses it; \`lap config use ${profile}\` does so always.`,
    );
  }
}

function askUrl(context: Context, initial: string | undefined): Promise<string> {
  return askText(context, "Agent platform URL:", {
    initial,
    validate: (typed) => {
      try {
        normalizeBase(typed);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
}

async function askKey(context: Context): Promise<Secret> {
  return parseKey("the master key", await askSecret(context, "Master key:"));
}

async function readKey({ stdin, signal }: Context): Promise<Secret> {
  let text = "";
  try {
    for await (const chunk of readAll(addAbortSignal(signal, stdin))) {
      text += String(chunk);
      if (text.length > LONGEST_KEY_CHARS) {
        throw new UsageError("the master key is too long", "Is it the right file?");
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return parseKey("the master key", text);
}

const NOTHING_SAVED = "Nothing was saved.";

async function isAccepted(
  context: Context,
  credentials: { base: string; key: Secret },
): Promise<boolean> {
  let answer: unknown;
  try {
    const options = { query: { limit: 1 }, signal: context.signal, what: "login" };
    // What is saved for another platform, such as a client certificate, is not shown to this one.
    const world = worldOf({ ...context, env: { ...context.env, LAP_URL: credentials.base } });
    answer = await createClient(credentials, world).request("/agents", options);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    if (!(error instanceof LapError) || error instanceof Interrupted) throw error;
    throw addHint(error, NOTHING_SAVED);
  }
  if (Array.isArray((answer as { data?: unknown } | null)?.data)) return true;
  throw new LapError(`${credentials.base} answered, but not as an agent platform does`, {
    hint: `Check the URL.\n${NOTHING_SAVED}`,
  });
}
