/**
 * Builds lap for this machine into dist/lap, starts what it built, and fails if that fails: a binary
 * that cannot start is written without any error by some combinations of flags.
 */
import { version } from "../package.json";
import { compile } from "./compile.ts";

const OUTPUT = "dist/lap";

compile("src/cli.ts", OUTPUT);

const started = Bun.spawnSync([OUTPUT, "--version"], { stderr: "inherit" });
const said = started.stdout.toString().trim();
if (started.exitCode !== 0 || said !== version) {
  console.error(`${OUTPUT} --version answered '${said}' with exit code ${started.exitCode}`);
  process.exit(1);
}
console.error(`${OUTPUT}  ${version}`);
