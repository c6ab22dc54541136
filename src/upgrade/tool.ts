/** How a program that was run to its end answered. */
export interface Answer {
  /** Undefined where it did not start, or was ended. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

interface RunOptions {
  env: Record<string, string | undefined>;
  /** Milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Runs a program without input.
 *
 * @throws the signal's reason when it was aborted.
 */
export async function runTool(
  program: string,
  args: string[],
  options: RunOptions,
): Promise<Answer> {
  // Imported here: at the top it would be loaded by every lap, at its start.
  const { execFile } = await import("node:child_process");
  const { env, timeoutMs, signal } = options;
  const answer = Promise.withResolvers<Answer>();
  const started = () =>
    execFile(
      program,
      args,
      { env, timeout: timeoutMs, killSignal: "SIGKILL" },
      (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        answer.resolve({ code: typeof code === "number" ? code : undefined, stdout, stderr });
      },
    );
  let child: ReturnType<typeof started>;
  try {
    child = started();
  } catch {
    // Bun throws what node tells the callback: that it is no program, for one.
    return { code: undefined, stdout: "", stderr: "" };
  }
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  child.stdin?.end();
  const answered = await answer.promise;
  signal.removeEventListener("abort", kill);
  signal.throwIfAborted();
  return answered;
}
