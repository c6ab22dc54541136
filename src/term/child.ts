/** Without what is relative or empty, which would look into whatever folder lap is run in. */
const PATH = process.env.PATH?.split(":")
  .filter((folder) => folder.startsWith("/"))
  .join(":");

/** How the system's small programs are started on lap's terminal. */
const SPAWN = {
  stdout: "pipe",
  stderr: "ignore",
  env: { PATH },
  killSignal: "SIGKILL",
} as const;

/** Their stdin, where that is not lap's own. */
interface On {
  tty?: number | undefined;
}

/** What a program says, or undefined where it fails, or is killed after `timeout` ms. */
export function run(
  command: string[],
  { tty, timeout }: On & { timeout?: number } = {},
): string | undefined {
  try {
    const stdin = tty ?? "inherit";
    const { exitCode, stdout } = Bun.spawnSync(command, { ...SPAWN, stdin, timeout });
    return exitCode === 0 ? stdout.toString().trim() : undefined;
  } catch {
    return undefined; // there is no such program on this machine
  }
}

/**
 * Runs a program that holds up neither lap nor its end. Answers its exit code, or undefined where
 * there is no such program; killed when aborted.
 */
export async function runAside(
  command: string[],
  { tty, signal }: On & { signal?: AbortSignal } = {},
): Promise<number | undefined> {
  try {
    const child = Bun.spawn(command, { ...SPAWN, stdin: tty ?? "inherit", signal });
    child.unref();
    return await child.exited;
  } catch {
    return undefined;
  }
}

/**
 * Has a program of its own write to lap's stdout, however long that takes: lap may end meanwhile. It is
 * about to write when this returns, so that whoever writes behind lap's end does so behind it.
 */
export function leaveToWrite(text: string): void {
  try {
    const command = ["sh", "-c", 'printf %s "$1" &', "sh", text];
    Bun.spawnSync(command, { ...SPAWN, stdin: "inherit", stdout: "inherit" });
  } catch {
    // There is no shell on this machine.
  }
}
