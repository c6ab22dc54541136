/** Assembles src/vt/scan.wat into src/vt/assembled.ts: `bun scripts/assemble.ts`, after a change of it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import createWabt from "wabt";

const FOLDER = join(import.meta.dir, "..", "src", "vt");

/** The machine code of scan.wat, in base64. */
export async function assemble(): Promise<string> {
  const wabt = await createWabt();
  const assembly = wabt.parseWat("scan.wat", readFileSync(join(FOLDER, "scan.wat")), {
    simd: true,
  });
  return Buffer.from(assembly.toBinary({}).buffer).toString("base64");
}

if (import.meta.main) {
  const comment = "/** scan.wat as scripts/assemble.ts makes it, in base64. */";
  const source = `${comment}\nexport const CODE =\n  "${await assemble()}";\n`;
  writeFileSync(join(FOLDER, "assembled.ts"), source);
}
