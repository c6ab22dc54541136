import { FULL_RESET, TMUX_RESET } from "../vt/reset.ts";
import { LapError, UsageError } from "../errors.ts";
import { findLocale } from "../locale.ts";
import { setSane } from "../term/stty.ts";
import { command } from "./command.ts";

export default command({
  description: "Repair a terminal that a killed lap left in a bad state; the screen's text stays",
  args: {},
  examples: [
    "lap reset",
    "lap reset  # cannot be seen while typed? Type it all the same, then Enter or Ctrl-J",
  ],
  run(_args, { env, stdin, stdout, log }) {
    if (!stdin.isTTY || !stdout.isTTY) {
      throw new UsageError("lap reset needs the terminal that it is to repair", "Run it there.");
    }
    stdout.write(FULL_RESET + (env.TMUX ? TMUX_RESET : ""));
    if (!setSane(findLocale(env)?.utf8 ?? false)) {
      throw new LapError(
        "what programs had switched on is off again, but the terminal's modes could not be set",
        { hint: "`stty sane` does that; lap found no such program." },
      );
    }
    log.success("the terminal is repaired");
  },
});
