import { UsageError } from "../errors.ts";
import { isShell, SCRIPTS } from "../shells/scripts.ts";
import { command } from "./command.ts";

const SHELLS = Object.keys(SCRIPTS);

export default command({
  description: "Print the script that completes commands, flags, agents and sessions in a shell",
  args: {
    shell: {
      type: "positional",
      required: true,
      options: SHELLS,
      description: SHELLS.join(", "),
    },
  },
  examples: [
    'eval "$(lap completion bash)"  # in ~/.bashrc',
    "source <(lap completion zsh)  # in ~/.zshrc, behind compinit",
    "lap completion fish > ~/.config/fish/completions/lap.fish",
  ],
  run({ shell }, { stdout }) {
    if (!isShell(shell)) {
      throw new UsageError(
        `there is no completion for '${shell}'`,
        `There is one for each of ${SHELLS.join(", ")}.`,
      );
    }
    stdout.write(SCRIPTS[shell]);
  },
});
