import { expect, test } from "bun:test";
import { Bench } from "../../scripts/bench/bench.ts";
import { waitFor } from "../support/wait.ts";

// A bench that was stopped by Ctrl-C left its tmux server running.
test.skipIf(!Bun.which("tmux"))("a bench ends the tmux server that it started", async () => {
  const server = await (async () => {
    using bench = new Bench();
    const tmux = bench.tmux as string[];
    Bun.spawnSync([...tmux, "new-session", "-d", "cat"]);
    return Number(Bun.spawnSync([...tmux, "display", "-p", "#{pid}"]).stdout.toString());
  })();
  expect(server).toBeGreaterThan(0);
  await waitFor(() => !isRunning(server), "the server's end");
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
