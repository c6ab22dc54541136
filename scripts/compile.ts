import type { Target } from "./targets.ts";

/** What lap is compiled with; see what each is for. */
const FLAGS = [
  "--compile",
  "--bytecode",
  // A command loads its own part and not what the others need, which is less to read and to keep.
  "--splitting",
  // The default of --bytecode, cjs, makes a binary that cannot start.
  "--format=esm",
  "--minify-whitespace",
  "--minify-syntax",
  // What lies in the folder that lap is run in must not steer it.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-tsconfig",
  "--no-compile-autoload-package-json",
  // Collects garbage more often: 2 to 3 MiB less in a flood for 3 ms more at the start (measured).
  "--compile-exec-argv=--use-system-ca --smol",
];

/**
 * Compiles a script into a binary as lap itself is.
 *
 * @param cross another system to compile for, and the Bun of that system.
 * @throws Error with what the compiler said.
 */
export function compile(
  source: string,
  binary: string,
  cross?: { target: Target; runtime: string },
): string {
  const system = cross
    ? [`--target=bun-${cross.target.name}`, `--compile-executable-path=${cross.runtime}`]
    : [];
  const { exitCode, stderr } = Bun.spawnSync(
    [process.execPath, "build", source, ...FLAGS, ...system, `--outfile=${binary}`],
    { stdout: "ignore", stderr: "pipe" },
  );
  if (exitCode !== 0) throw new Error(`cannot compile ${source}: ${stderr.toString()}`);
  return binary;
}
