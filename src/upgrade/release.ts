import { LapError, UsageError } from "../errors.ts";
import { type Fetching, fetchText } from "./fetch.ts";
import { parseVersion } from "./newer.ts";

type Env = Record<string, string | undefined>;

/** `owner/name` on GitHub from what package.json calls `repository`; undefined for any other place. */
export function repositoryName(repository: unknown): string | undefined {
  const { url = repository } = (repository ?? {}) as { url?: unknown };
  if (typeof url !== "string") return undefined;
  const [, name] =
    /^(?:github:|(?:git\+)?(?:https|ssh|git):\/\/(?:git@)?github\.com\/|git@github\.com:)?([\w-]+\/[\w.-]+?)(?:\.git)?$/.exec(
      url,
    ) ?? [];
  return name;
}

/**
 * The URL of the folder that holds the newest release's files, without a slash at its end:
 * `LAP_BASE_URL`, else GitHub's, whose name for it follows the newest by itself.
 *
 * @throws UsageError where LAP_BASE_URL is no URL, LapError where neither is known.
 */
export function releaseFolder(env: Env, repository: string | undefined): string {
  const given = env.LAP_BASE_URL?.trim();
  if (!given) {
    if (repository) return `https://github.com/${repository}/releases/latest/download`;
    throw new LapError("this lap was built without a place where its releases are", {
      hint: "Set LAP_BASE_URL to the folder that holds a release's files.",
    });
  }
  const { protocol } = URL.canParse(given) ? new URL(given) : {};
  if (protocol !== "https:" && protocol !== "http:") {
    throw new UsageError(
      "LAP_BASE_URL is not an http or https URL",
      "It is the folder that holds a release's files, such as https://mirror.acme.dev/lap",
    );
  }
  return given.replace(/\/+$/, "");
}

/** More than a version takes is something else. */
const VERSION_BYTES = 256;

/**
 * The version of the release in a folder, from its `VERSION`: one line.
 *
 * @throws LapError where it is out of reach or says no version.
 */
export async function readVersion(folder: string, fetching: Fetching): Promise<string> {
  const version = parseVersion(await fetchText(`${folder}/VERSION`, VERSION_BYTES, fetching));
  if (version) return version;
  throw new LapError(`${new URL(folder).host} answered with something that is not a version`, {
    hint: "A proxy or a login page may stand before it.",
  });
}
