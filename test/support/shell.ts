import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TemporaryHome } from "./home.ts";
import { LAP } from "./lap.ts";
import { Pty } from "./pty.ts";

const PROMPT = "ready>";

/** How each shell is started without anybody's configuration, but with lap's completion. */
const SHELLS = {
  bash: {
    command: (home: string) => ["bash", "--noprofile", "--rcfile", join(home, "rc"), "-i"],
    rc: [`PS1='${PROMPT}'`, "bind 'set show-all-if-ambiguous on'"],
  },
  zsh: {
    command: () => ["zsh", "-d", "-i"],
    rc: [
      `PS1='${PROMPT}'`,
      "autoload -Uz compinit",
      "compinit -u -D",
      // The mark of an unfinished line, and a question about long lists, would be in the way.
      "unsetopt prompt_sp",
      "LISTMAX=1000",
    ],
  },
  fish: {
    command: (home: string) => ["fish", "--no-config", "-C", `source ${join(home, "rc")}`],
    rc: [
      `function fish_prompt; echo -n '${PROMPT}'; end`,
      "function fish_right_prompt; end",
      "set -g fish_greeting",
      "set -g fish_autosuggestion_enabled 0",
    ],
  },
};

export type ShellName = keyof typeof SHELLS;
export const SHELL_NAMES = Object.keys(SHELLS) as ShellName[];

/**
 * A shell at a terminal, whose `lap` completes as the real one and otherwise only says what it was
 * called with: `<argument>` for each.
 */
export class InteractiveShell implements Disposable {
  readonly pty: Pty;

  private constructor(pty: Pty) {
    this.pty = pty;
  }

  static async start(
    name: ShellName,
    home: TemporaryHome,
    env: Record<string, string> = {},
    { autoloaded = false } = {},
  ): Promise<InteractiveShell> {
    const { command, rc } = SHELLS[name];
    const bin = join(home.path, "bin");
    mkdirSync(bin, { recursive: true });
    const lap = join(bin, "lap");
    const script = [
      "#!/bin/sh",
      `case $1 in __complete) exec '${LAP}' "$@";; esac`,
      `printf 'called:'; printf '<%s>' "$@"; printf '\\n'\n`,
    ];
    writeFileSync(lap, script.join("\n"));
    chmodSync(lap, 0o755);
    const completion = Bun.spawnSync([LAP, "completion", name]).stdout.toString();
    if (autoloaded) writeFileSync(join(home.path, "_lap"), completion);
    const lines = autoloaded ? ["fpath=(~ $fpath)", ...rc] : [...rc, completion];
    writeFileSync(join(home.path, name === "zsh" ? ".zshrc" : "rc"), `${lines.join("\n")}\n`);
    const world = {
      HOME: home.path,
      ZDOTDIR: home.path,
      XDG_CONFIG_HOME: join(home.path, ".config"),
      PATH: `${bin}:${process.env.PATH}`,
      LC_ALL: "C.UTF-8",
      ...env,
    };
    // The first Tab of all may not have the names yet.
    await Bun.spawn([LAP, "__complete", "refresh"], { env: world }).exited;
    const pty = new Pty(command(home.path), { columns: 160, rows: 50, env: world });
    const shell = new InteractiveShell(pty);
    await pty.shows(PROMPT);
    return shell;
  }

  /** Types keys and Enter, and waits until `lap` says that it was called with what is expected. */
  async run(keys: string, expected: string): Promise<void> {
    this.pty.type(keys);
    this.pty.type("\r");
    await this.pty.shows(`called:${expected}`);
  }

  [Symbol.dispose](): void {
    this.pty[Symbol.dispose]();
  }
}
