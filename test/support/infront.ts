import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An stty that cannot be told not to wait for the terminal: BusyBox's. */
export const WAITING_STTY = '[ "$1" != -drain ] && exec /bin/stty "$@"';

/** Answers a PATH on which that program is another one: a script, kept in a new folder of `home`. */
export function inFront(home: string, name: string, script: string): string {
  const folder = join(home, `with-other-${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}
