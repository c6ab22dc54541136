import { isAllTaken, isKeychainSilent, processContext } from "./context.ts";
import { run } from "./main.ts";

const context = processContext();
let fault: string | undefined;
for (const name of ["stdout", "stderr"] as const) {
  context[name].on("error", ({ code }: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`lap agents | head`) is no fault.
    if (code !== "EPIPE") fault ??= `${name} cannot be written to (${code})`;
  });
}
// Set, not exited with: process.exit() would cut what is not taken yet. Interrupted, lap may cut it.
process.exitCode = await run(process.argv.slice(2), context);
if (!(await isAllTaken(context))) process.exit(context.signal.reason.exitCode ?? 1);
if (context.signal.aborted || isKeychainSilent()) process.exit();
// At the very end: output may fail after run(), and a command that failed over it has said so.
process.once("beforeExit", (code) => {
  if (fault && code === 0) context.log.error(fault);
  if (fault) process.exitCode ||= 1;
});
