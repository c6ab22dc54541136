/**
 * The modes of the controlling terminal, through stty(1). Bun's own raw mode leaves output
 * post-processing on, which turns a bare LF into CR LF and so breaks full-screen programs.
 */

/**
 * `raw` leaves extended input processing to some systems' taste; with it macOS would take Ctrl-V,
 * Ctrl-O and Ctrl-Y for itself.
 */
const RAW = ["raw", "-echo", "-iexten"];

/** The terminal's modes in stty's own notation, or undefined where stty cannot tell. */
export function readModes(): string | undefined {
  return run(["-g"]);
}

/** Turns all processing of input and output off. Answers whether that worked. */
export function setRaw(): boolean {
  return run(RAW) !== undefined;
}

/**
 * Restores what `readModes` said. Not waited for: stty lets queued output drain first, and a terminal
 * that does not read must not hold the process.
 */
export async function restoreModes(modes: string): Promise<void> {
  const stty = Bun.spawn(["stty", modes], { ...SPAWN, stdin: "inherit" });
  stty.unref();
  await stty.exited;
}

/** Ordinary modes for a terminal that was left in a bad state. Answers whether that worked. */
export function setSane(): boolean {
  return run(["sane"]) !== undefined;
}

/** The path of the terminal on stdin, such as `/dev/ttys003`. */
export function terminalPath(): string | undefined {
  const { exitCode, stdout } = Bun.spawnSync(["tty"], { ...SPAWN, stdin: "inherit" });
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}

const SPAWN = { stdout: "pipe", stderr: "ignore", env: { PATH: process.env.PATH } } as const;

function run(args: string[]): string | undefined {
  try {
    const { exitCode, stdout } = Bun.spawnSync(["stty", ...args], { ...SPAWN, stdin: "inherit" });
    return exitCode === 0 ? stdout.toString().trim() : undefined;
  } catch {
    return undefined; // no stty on this machine
  }
}
