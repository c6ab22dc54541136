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

/** How long a shell may take to start something. */
const SHELL_TIMEOUT_MS = 1_000;

/** Whether the machine has that program. */
export function isInstalled(name: string): boolean {
  return Bun.which(name, { PATH: PATH ?? "" }) !== null;
}

/** Their stdin, where that is not lap's own. */
interface On {
  tty?: number | undefined;
}

/**
 * What a program says, or undefined where it fails, or is killed after `timeout` ms. Not for what waits for
 * a terminal: Linux lets no SIGKILL end that while a write holds the terminal, and this waits for its end.
 */
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
 * Runs a program that may wait for the terminal. Returns whether it succeeded within `timeout` ms; after
 * those it goes on by itself.
 */
export function runOrLeave(command: string[], { tty, timeout }: On & { timeout: number }): boolean {
  // What is killed in time is the shell, which waits for no terminal.
  const shell = ["sh", "-c", '"$@" >/dev/null; exit', "sh"];
  return run([...shell, ...command], { tty, timeout }) !== undefined;
}

/**
 * Runs a program that holds up neither lap nor its end. Returns its exit code, or undefined where
 * there is no such program, and at once when aborted: it is left behind then, unless it is to be killed.
 */
export async function runAside(
  command: string[],
  { tty, signal, kill = false }: On & { signal?: AbortSignal; kill?: boolean } = {},
): Promise<number | undefined> {
  try {
    const child = Bun.spawn(command, {
      ...SPAWN,
      stdin: tty ?? "inherit",
      signal: kill ? signal : undefined,
    });
    child.unref();
    const aborted = Promise.withResolvers<undefined>();
    signal?.addEventListener("abort", () => aborted.resolve(undefined));
    return await Promise.race([child.exited, aborted.promise]);
  } catch {
    return undefined;
  }
}

/**
 * Has a program of its own write to lap's stdout, however long that takes: lap may end meanwhile. That
 * program is there when this returns, but need not have begun to write.
 */
export function leaveToWrite(text: string): void {
  try {
    const command = ["sh", "-c", 'printf %s "$1" &', "sh", text];
    Bun.spawnSync(command, {
      ...SPAWN,
      stdin: "inherit",
      stdout: "inherit",
      timeout: SHELL_TIMEOUT_MS,
    });
  } catch {
    // There is no shell on this machine.
  }
}
