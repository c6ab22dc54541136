/**
 * Builds lap for this machine into dist/lap, starts what it built, and fails if that fails: a binary
 * that cannot start is written without any error by some combinations of flags.
 */
import { version } from "../package.json";

const OUTPUT = "dist/lap";

const build = Bun.spawnSync(
  [
    process.execPath,
    "build",
    "src/cli.ts",
    "--compile",
    "--bytecode",
    // The default of --bytecode, cjs, makes a binary that cannot start.
    "--format=esm",
    "--minify-whitespace",
    "--minify-syntax",
    // What lies in the folder that lap is run in must not steer it.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    "--no-compile-autoload-package-json",
    "--compile-exec-argv=--use-system-ca",
    `--outfile=${OUTPUT}`,
  ],
  { stdout: "ignore", stderr: "inherit" },
);
if (build.exitCode !== 0) process.exit(build.exitCode);

const started = Bun.spawnSync([OUTPUT, "--version"], { stderr: "inherit" });
const said = started.stdout.toString().trim();
if (started.exitCode !== 0 || said !== version) {
  console.error(`${OUTPUT} --version answered '${said}' with exit code ${started.exitCode}`);
  process.exit(1);
}
console.error(`${OUTPUT}  ${version}`);
