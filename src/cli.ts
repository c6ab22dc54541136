import { processContext } from "./context.ts";
import { run } from "./main.ts";

const context = processContext();
// A reader that has seen enough (`lap agents | head`) is no fault.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE") throw new Error(`stdout: ${code}`);
});
// Set, not exited with: process.exit() would cut piped output at 64 KiB.
process.exitCode = await run(process.argv.slice(2), context);
