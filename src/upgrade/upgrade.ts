import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { LapError } from "../errors.ts";
import { unpack } from "./archive.ts";
import { type Attested, verifyAttestation } from "./attestation.ts";
import { fetchFile, fetchText, type Fetching } from "./fetch.ts";
import { lockUpgrade } from "./lock.ts";
import { lockPath, placing, previousPath, stagingPath, swapping } from "./swap.ts";
import { checksumOf } from "./sums.ts";
import { isForMusl, releaseTarget } from "./target.ts";
import { askVersion } from "./trial.ts";

/** Ten times what a release file is. */
const ARCHIVE_BYTES = 512 * 1024 * 1024;
const SUMS_BYTES = 64 * 1024;

export interface Upgrade extends Fetching {
  /** The binary to replace, without symbolic links. */
  binary: string;
  /** Where the release's files are. */
  folder: string;
  /** What the release says that it is. */
  version: string;
  /** Whose attestation a release file must carry; undefined: none is asked for. */
  repository: string | undefined;
  env: Record<string, string | undefined>;
  /** Told what is being done, and of a download how much of it is (0 to 1), where that is known. */
  onStep: (label: string, part?: number) => void;
}

/**
 * Replaces the binary by a release's. The new one is downloaded, its checksum and attestation are
 * verified, and it is started, all beside; only then it is renamed into place. Wherever this ends, a
 * lap that works is there.
 *
 * @throws LapError where anything is not as it should be; nothing is changed then.
 */
export async function upgrade(options: Upgrade): Promise<Attested> {
  const { binary, folder, version, repository, env, signal, onStep } = options;
  const archive = archiveName(binary);
  using workshop = await openWorkshop(binary);
  const file = join(workshop.staging, archive);
  onStep(`downloading lap ${version}`);
  const sums = await fetchText(`${folder}/SHA256SUMS`, SUMS_BYTES, options);
  const expected = checksumOf(sums, archive);
  if (!expected) {
    throw new LapError(`the release has no checksum for ${archive}`, { hint: UNCHANGED });
  }
  const got = await fetchFile(`${folder}/${archive}`, file, ARCHIVE_BYTES, options, (bytes, all) =>
    onStep(`downloading lap ${version}`, all && bytes / all),
  );
  if (got !== expected) {
    throw new LapError(
      `the checksum of ${archive} is wrong: it is not the file that was released`,
      {
        hint: `Expected ${expected}\ngot      ${got}\n${UNCHANGED} Try again; if it stays so, please report it.`,
      },
    );
  }
  onStep("verifying");
  const attested = await verifyAttestation(file, repository, { env, signal });
  onStep("unpacking");
  const fresh = await unpack(file, workshop.staging);
  chmodSync(fresh, 0o755);
  onStep(`starting lap ${version}`);
  const started = await askVersion(fresh, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error instanceof LapError ? new LapError(error.message, { hint: UNCHANGED }) : error;
  });
  if (started !== version) {
    throw new LapError(
      `the release says that it is ${version}, and its lap that it is ${started}`,
      {
        hint: `${UNCHANGED} It may be in the middle of being published; try again in a moment.`,
      },
    );
  }
  carryOut(binary, placing(binary, fresh));
  return attested;
}

/**
 * Changes places with the binary that the last upgrade replaced.
 *
 * @returns the version that is in place then.
 * @throws LapError where there is none, or it does not start; nothing is changed then.
 */
export async function rollback(binary: string, signal: AbortSignal): Promise<string> {
  const previous = previousPath(binary);
  if (!existsSync(previous)) {
    throw new LapError("there is no earlier lap to go back to", {
      hint: `\`lap upgrade\` keeps the one it replaces as ${previous}.`,
    });
  }
  using workshop = await openWorkshop(binary);
  const version = await askVersion(previous, signal);
  carryOut(binary, swapping(binary, workshop.staging));
  return version;
}

const UNCHANGED = "Nothing was changed.";

/** The lock and an empty folder beside the binary, until it is disposed of. */
async function openWorkshop(binary: string): Promise<Disposable & { staging: string }> {
  const staging = stagingPath(binary);
  try {
    accessSync(dirname(binary), constants.W_OK);
  } catch {
    throw new LapError(`${binary} cannot be replaced: you may not write to its folder`, {
      hint: "Upgrade it with what installed it, or as whoever owns that folder.",
    });
  }
  const lock = await lockUpgrade(lockPath(binary));
  const empty = () => rmSync(staging, { recursive: true, force: true });
  try {
    empty();
    mkdirSync(staging, { mode: 0o700 });
  } catch (cause) {
    lock[Symbol.dispose]();
    throw new LapError(`cannot write ${staging}: ${(cause as NodeJS.ErrnoException).code}`, {
      hint: UNCHANGED,
      cause,
    });
  }
  return {
    staging,
    [Symbol.dispose]: () => {
      empty();
      lock[Symbol.dispose]();
    },
  };
}

function carryOut(binary: string, steps: (() => void)[]): void {
  try {
    for (const step of steps) step();
  } catch (cause) {
    throw new LapError(`cannot replace ${binary}: ${(cause as NodeJS.ErrnoException).code}`, {
      hint: "The lap that was there still is.",
      cause,
    });
  }
}

function archiveName(binary: string): string {
  const machine = { platform: platform(), arch: arch(), musl: isForMusl(binary) };
  const target = releaseTarget(machine);
  if (target) return `lap-${target}.tar.gz`;
  throw new LapError(`no lap is released for ${machine.platform} on ${machine.arch}`);
}

/** Where a file lies, without symbolic links. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new LapError(`${path} is not there any more`, {
      hint: "It was replaced while this lap ran. Start lap again.",
    });
  }
}
