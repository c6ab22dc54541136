import type { Context } from "../context.ts";
import { EXIT, LapError, UsageError } from "../errors.ts";
import { renderJson } from "../ui/json.ts";
import { type Progress, startProgress } from "../ui/progress.ts";
import { isNewer } from "../upgrade/newer.ts";
import { noteAsked } from "../upgrade/notice.ts";
import { type Origin, originOf } from "../upgrade/origin.ts";
import { readVersion, releaseFolder, repositoryName } from "../upgrade/release.ts";
import { askVersion } from "../upgrade/trial.ts";
import { upgradeByHomebrew } from "../upgrade/homebrew.ts";
import { realPath, rollback, upgrade } from "../upgrade/upgrade.ts";
import { REPOSITORY, VERSION } from "../version.ts";
import { command } from "./command.ts";
import { routerOf } from "./network.ts";

export default command({
  description: "Replace lap by its newest release, once that is verified and known to start",
  args: {
    check: {
      type: "boolean",
      description: `Only look: exit code ${EXIT.outdated} where there is a newer one, ${EXIT.ok} where not`,
    },
    rollback: {
      type: "boolean",
      description: "Go back to the lap that was replaced last; run again to undo that",
    },
    attestation: {
      type: "boolean",
      default: true,
      negativeDescription: "Go by the checksum alone, though gh could tell who built the file",
    },
    json: { type: "boolean", description: "Print JSON" },
  },
  examples: [
    "lap upgrade",
    "lap upgrade --check || lap upgrade  # in a script",
    "lap upgrade --rollback",
    "LAP_BASE_URL=https://mirror.acme.dev/lap lap upgrade  # from a folder with a release's files",
  ],
  async run({ check, rollback: back, attestation, json }, context) {
    if (check && back) {
      throw new UsageError("--check and --rollback do not go together", "Leave one of them out.");
    }
    const { program } = context;
    const origin = originOf(program, realPath(program.at(-1) ?? ""));
    const outcome = await (check
      ? look(context, origin)
      : back
        ? goBack(context, origin)
        : goOn(context, origin, attestation));
    const { latest } = outcome;
    if (json) {
      const newer = latest !== null && isNewer(latest, VERSION);
      const { path, kind } = origin;
      const record = { version: VERSION, ...outcome, newer, installed: kind, path };
      context.stdout.write(renderJson(record));
    } else if (check) {
      context.stdout.write(`${latest}\n`);
    }
    return check && latest !== null && isNewer(latest, VERSION) ? EXIT.outdated : EXIT.ok;
  },
});

interface Outcome {
  /** The newest release; null where nobody asked. */
  latest: string | null;
  /** The version that is in place now. */
  now: string;
}

async function look(context: Context, origin: Origin): Promise<Outcome> {
  const { latest } = await findLatest(context);
  context.log.log(comparison(latest, origin));
  return { latest, now: VERSION };
}

async function goOn(context: Context, origin: Origin, attested: boolean): Promise<Outcome> {
  if (origin.kind === "source") {
    throw new LapError(`this lap runs from its source, ${origin.path}`, {
      hint: "Upgrade it there, with `git pull`.",
    });
  }
  const { env, clock, signal, log } = context;
  if (origin.kind === "homebrew") {
    log.log(`lap was installed by Homebrew: brew upgrade ${origin.formula}`);
    await upgradeByHomebrew(origin, env);
    return { latest: null, now: await askVersion(origin.path, signal) };
  }
  const { folder, latest } = await findLatest(context);
  if (!isNewer(latest, VERSION)) {
    log.log(comparison(latest, origin));
    return { latest, now: VERSION };
  }
  const repository = attested ? repositoryName(REPOSITORY) : undefined;
  const result = await withProgress(context, ({ update, detail }) =>
    upgrade({
      binary: origin.path,
      folder,
      version: latest,
      repository,
      env,
      clock,
      signal,
      router: routerOf(context),
      onStep: (label, part) => {
        update(label);
        detail(part === undefined ? "" : `${Math.floor(part * 100)}%`);
      },
    }),
  );
  if (result.startsWith("gh ")) log.warn(`who built it was not verified: ${result}`);
  const by = result === "verified" ? "checksum and attestation" : "checksum";
  log.success(`lap ${latest} is in the place of ${VERSION}, verified by its ${by}`);
  log.log("  `lap upgrade --rollback` goes back.");
  return { latest, now: latest };
}

async function goBack({ signal, log }: Context, origin: Origin): Promise<Outcome> {
  if (origin.kind !== "binary") {
    throw new LapError(
      origin.kind === "homebrew"
        ? "lap was installed by Homebrew, which alone can go back"
        : `this lap runs from its source, ${origin.path}`,
      { hint: "Only a lap that `lap upgrade` replaced can be gone back to." },
    );
  }
  const now = await rollback(origin.path, signal);
  log.success(`lap ${now} is in the place of ${VERSION} again`);
  return { latest: null, now };
}

async function findLatest(context: Context): Promise<{ folder: string; latest: string }> {
  const folder = releaseFolder(context.env, repositoryName(REPOSITORY));
  const latest = await withProgress(context, ({ update }) => {
    update("asking for the newest release");
    return readVersion(folder, { ...context, router: routerOf(context) });
  });
  noteAsked(context, latest);
  return { folder, latest };
}

function comparison(latest: string, { kind }: Origin): string {
  if (isNewer(latest, VERSION)) {
    const how = kind === "source" ? "" : " `lap upgrade` installs it.";
    return `lap ${latest} is out; this is ${VERSION}.${how}`;
  }
  return latest === VERSION
    ? `lap ${VERSION} is the newest`
    : `lap ${VERSION} is newer than the newest release, ${latest}`;
}

async function withProgress<T>(
  { stderr, clock }: Context,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress(stderr, clock);
  try {
    return await work(progress);
  } finally {
    progress.done();
  }
}
