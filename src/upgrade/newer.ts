// One of the few uses of Bun outside of the edges: the order of versions is Bun's own semver.

const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9a-z.-]{1,40})?$/i;

/** A version as a release says it, with or without the `v` of its tag; undefined for anything else. */
export function parseVersion(text: string): string | undefined {
  const version = text.trim().replace(/^v/, "");
  return VERSION.test(version) ? version : undefined;
}

/** Whether `version` comes after `other`; a pre-release comes before what it leads to. */
export function isNewer(version: string, other: string): boolean {
  return Bun.semver.order(version, other) > 0;
}
