import { UsageError } from "../errors.ts";
import { nearest } from "../ui/nearest.ts";
import { command } from "./command.ts";
import { renderCommandHelp, renderHelp } from "./help.ts";
import { COMMANDS, isCommand, loadCommand } from "./index.ts";

export default command({
  description: "Explain lap or one of its commands",
  args: {
    command: { type: "positional", required: false, description: "The command to explain" },
  },
  examples: ["lap help", "lap help attach  # the same as lap attach --help"],
  async run({ command: name }, { stdout, paint }) {
    if (!name) {
      stdout.write(`${renderHelp(paint)}\n`);
      return;
    }
    if (!isCommand(name)) {
      const [close] = nearest(name, Object.keys(COMMANDS), 1);
      throw new UsageError(
        `there is no command '${name}'`,
        close ? `Did you mean \`lap help ${close}\`?` : "`lap help` lists all.",
      );
    }
    stdout.write(`${renderCommandHelp(name, await loadCommand(name), paint)}\n`);
  },
});
