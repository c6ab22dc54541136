import { FULL_RESET, TMUX_RESET } from "../vt/reset.ts";
import { EXIT, UsageError } from "../errors.ts";
import { findLocale } from "../locale.ts";
import { type Repair, setSane } from "../term/stty.ts";
import { command } from "./command.ts";

/** What to do where the terminal's modes are still the bad ones. */
const HINTS: Record<Exclude<Repair, "done">, string> = {
  missing: "`stty sane` does that; lap found no such program.",
  failed: "`stty sane` does that, but it failed; by itself it says why.",
};

export default command({
  description: "Repair a terminal that a killed lap left in a bad state; the screen's text stays",
  args: {},
  examples: [
    "lap reset",
    "lap reset  # cannot be seen while typed? Type it all the same, then Enter or Ctrl-J",
  ],
  run(_args, { env, stdin, stdout, stderr, log }) {
    if (!stdin.isTTY || !stdout.isTTY) {
      throw new UsageError("lap reset needs the terminal that it is to repair", "Run it there.");
    }
    stdout.write(FULL_RESET + (env.TMUX ? TMUX_RESET : ""));
    const repair = setSane(findLocale(env)?.utf8 ?? false);
    if (repair === "done") {
      log.success("the terminal is repaired");
      return EXIT.ok;
    }
    // Not thrown, as such a terminal may not make a CR LF of what ends a line.
    const cr = stderr.isTTY ? "\r" : "";
    log.error(
      `what programs had switched on is off again, but the terminal's modes could not be set${cr}`,
    );
    log.log(`  ${HINTS[repair]}${cr}`);
    return EXIT.failure;
  },
});
