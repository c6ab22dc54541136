import { FULL_RESET } from "../vt/reset.ts";
import { UsageError } from "../errors.ts";
import { setSane } from "../term/stty.ts";
import { command } from "./command.ts";

export default command({
  description: "Repair a terminal that a killed lap left in a bad state; the screen's text stays",
  args: {},
  examples: [
    "lap reset",
    "lap reset  # cannot be seen while typed? Type it all the same, then Enter",
  ],
  run(_args, { stdin, stdout, log }) {
    if (!stdin.isTTY || !stdout.isTTY) {
      throw new UsageError("lap reset needs the terminal that it is to repair", "Run it there.");
    }
    stdout.write(FULL_RESET);
    setSane();
    log.success("the terminal is repaired");
  },
});
