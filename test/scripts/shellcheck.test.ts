import { expect, test } from "bun:test";
import { join } from "node:path";

const SHELLCHECK = Bun.which("shellcheck");
const SCRIPTS = [
  "scripts/install.sh",
  "scripts/try/artefact.sh",
  "scripts/developer-id.sh",
  ".ci/run",
];

test.skipIf(!SHELLCHECK).each(SCRIPTS)("shellcheck has nothing to say of %s", (script) => {
  const { stdout } = Bun.spawnSync([SHELLCHECK ?? "", join(import.meta.dir, "..", "..", script)]);
  expect(stdout.toString()).toBe("");
});
