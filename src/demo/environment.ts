import type { AgentSpec } from "./agents.ts";

/**
 * How to start a shell that reads no start-up files of the person's and keeps no history, by name.
 * Others are started plain: on a terminal every shell is interactive.
 */
const PRIVATE_SHELL: Record<string, string[]> = {
  bash: ["--noprofile", "--norc"],
  // The system's own zshrc on macOS sets HISTFILE again; -f skips that one too.
  zsh: ["-f"],
  fish: ["--no-config", "--private"],
};

/** Belongs to lap or to the runner that started it; LAP_KEY and LAP_TTY_TOKEN are secrets. */
const OURS = /^(?:LAP|BUN|npm)_/;

/** Describe the terminal that lap runs in, which is not the program's. */
const OUTER_TERMINAL = new Set(["COLUMNS", "LINES", "TMUX", "TMUX_PANE", "STY", "WINDOW"]);

/** The agents of `lap demo`: the person's shell, and Claude Code where it is installed. */
export function demoAgents(env: Record<string, string | undefined>): AgentSpec[] {
  const shell = Bun.which(env["SHELL"] || "sh") ?? "/bin/sh";
  const name = shell.slice(shell.lastIndexOf("/") + 1);
  const agents: AgentSpec[] = [
    {
      name: "shell",
      harness_id: "shell",
      supports_tui: true,
      command: [shell, ...(PRIVATE_SHELL[name] ?? [])],
      env,
    },
  ];
  const claude = Bun.which("claude", { PATH: env["PATH"] ?? "" });
  if (claude !== null) {
    agents.push({ name: "claude", harness_id: "claude-code", command: [claude], env });
  }
  return agents;
}

/** The environment of a demo program: nothing of lap's, and no file in the person's home. */
export function programEnvironment(
  env: Record<string, string | undefined>,
): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(
    ([name]) => !OURS.test(name) && !OUTER_TERMINAL.has(name),
  );
  return {
    ...Object.fromEntries(kept),
    TERM: "xterm-256color",
    HISTFILE: "",
    LESSHISTFILE: "-",
  };
}
