import { UsageError } from "../errors.ts";
import { nearest } from "../ui/nearest.ts";
import { command } from "./command.ts";
import { renderCommandHelp, renderHelp } from "./help.ts";
import { commandNamed, COMMANDS, loadCommand } from "./index.ts";

export default command({
  description: "Explain lap or one of its commands",
  args: {
    command: { type: "positional", required: false, description: "The command to explain" },
  },
  examples: ["lap help", "lap help attach  # the same as lap attach --help"],
  async run({ command: word }, { stdout, paint }) {
    if (!word) {
      stdout.write(`${renderHelp(paint)}\n`);
      return;
    }
    const name = commandNamed(word);
    if (!name) {
      const [close] = nearest(word, Object.keys(COMMANDS), 1);
      throw new UsageError(
        `there is no command '${word}'`,
        close ? `Did you mean \`lap help ${close}\`?` : "`lap help` lists all.",
      );
    }
    stdout.write(`${renderCommandHelp(name, await loadCommand(name), paint)}\n`);
  },
});
