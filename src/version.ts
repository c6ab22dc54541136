import manifest from "../package.json";

/** lap's version, fixed when it is built. */
export const VERSION: string = manifest.version;

/** `repository` of package.json, in whatever notation npm allows; undefined in a lap of no repository. */
export const REPOSITORY: unknown = (manifest as { repository?: unknown }).repository;
