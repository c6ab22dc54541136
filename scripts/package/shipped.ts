import type { BunLockFile } from "bun";

/** A package of the registry that is in what people download. */
export interface Shipped {
  /** Where it stands in bun.lock: its name, below those whose own version it is. */
  key: string;
  name: string;
  version: string;
  /** `sha512-…`, of its archive in the registry. */
  integrity: string;
  /** The keys of what it needs itself. */
  needs: string[];
}

/**
 * What is compiled into lap: its dependencies and theirs, without what only builds and tests it,
 * sorted by name.
 *
 * @throws Error for one that bun.lock does not hold, or that comes from elsewhere than the registry.
 */
export function shippedPackages(lock: BunLockFile): Shipped[] {
  const found = new Map<string, Shipped>();
  const wanted = Object.keys(lock.workspaces[""]?.dependencies ?? {});
  for (const key of wanted) {
    if (found.has(key)) continue;
    const shipped = lockedPackage(lock, key);
    found.set(key, shipped);
    wanted.push(...shipped.needs);
  }
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** One package of bun.lock. */
export function lockedPackage(lock: BunLockFile, key: string): Shipped {
  const entry = lock.packages[key];
  if (!entry) throw new Error(`bun.lock has no ${key}`);
  const [resolved, , info, integrity] = entry;
  const at = resolved.lastIndexOf("@");
  if (at < 1 || typeof info !== "object" || integrity === undefined) {
    throw new Error(`${key} does not come from the registry`);
  }
  const needs = Object.keys(info.dependencies ?? {});
  return {
    key,
    name: resolved.slice(0, at),
    version: resolved.slice(at + 1),
    integrity,
    needs: needs.map((name) => resolve(lock, key, name)),
  };
}

/** A package's own version of another stands below it, one for all stands at the top. */
function resolve(lock: BunLockFile, parent: string, name: string): string {
  const own = `${parent}/${name}`;
  return Object.hasOwn(lock.packages, own) ? own : name;
}
