import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TemporaryHome } from "./home.ts";

const SOURCE = join(import.meta.dir, "..", "..", "src", "cli.ts");

/** Answers how lap is started from its source, behind a script that has it meet a fault of its own. */
export function faultyLap(home: TemporaryHome, script: string): [bun: string, path: string] {
  const path = join(home.path, "faulty.ts");
  writeFileSync(path, `${script}\nawait import(${JSON.stringify(SOURCE)});\n`);
  return [process.execPath, path];
}
