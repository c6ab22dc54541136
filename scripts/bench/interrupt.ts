import type { Bench } from "./bench.ts";
import { median, type Row } from "./figure.ts";
import { STOPPED } from "./payload.ts";
import { ServerProcess } from "./server-process.ts";
import { SlowPty } from "./slow-pty.ts";
import { Sshd } from "./sshd.ts";

const MB = 1_000_000;
const ROUNDS = 3;
/** More than any client says of itself. */
const FLOODED_BYTES = 16 * 1024;
/** How long the flood has gone on when somebody has seen enough of it. */
const FLOOD_MS = 1_000;
/** Ctrl-C kills yes; the shell's trap is its answer. */
const ENDLESS = `trap 'printf "${STOPPED}"; exit' INT; yes "the quick brown fox jumps over the lazy dog"`;

interface Terminal {
  name: string;
  bytesPerSecond: number;
  /** What it takes at once before it is so slow. */
  fastBytes: number;
}

const TERMINALS: Terminal[] = [
  { name: "20 MB/s", bytesPerSecond: 20 * MB, fastBytes: 0 },
  { name: "5 MB/s", bytesPerSecond: 5 * MB, fastBytes: 0 },
  { name: "1 MB/s", bytesPerSecond: MB, fastBytes: 0 },
  // As of lap within ssh on a slow line, whose buffers take the first at once.
  { name: "1 MB/s, behind 8 MB of buffers", bytesPerSecond: MB, fastBytes: 8 * MB },
  { name: "1 MB/s, after 64 MB at once", bytesPerSecond: MB, fastBytes: 64 * MB },
];

/**
 * How long it takes from a Ctrl-C amid a flood until a slow terminal shows the answer to it.
 *
 * Loopback's packets of 64 KiB have the server's system keep megabytes; with those of a network it is as
 * on one: `unshare -n sh -c 'ip link set lo mtu 1500 up; exec bun scripts/bench.ts interrupt'`, as root.
 */
export async function measureInterrupt(bench: Bench): Promise<Row[]> {
  await using server = new ServerProcess(bench);
  const env = bench.environment(bench.home(), await server.address());
  await using sshd = await Sshd.start(bench);
  const clients: Record<string, string[]> = { lap: [bench.lap, "endless", "--new"] };
  if (sshd) clients.OpenSSH = sshd.command(ENDLESS);
  else bench.say("  OpenSSH: skipped: no sshd");
  const rows: Row[] = [];
  for (const terminal of TERMINALS) {
    const times: Record<string, number[]> = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, command] of Object.entries(clients)) {
        (times[name] ??= []).push(await interrupt(bench, command, env, terminal));
      }
    }
    rows.push({
      name: `Ctrl-C in a flood, terminal of ${terminal.name}`,
      value: median(times.lap ?? []),
      unit: "ms",
      n: ROUNDS,
      beside: times.OpenSSH ? [{ name: "OpenSSH", value: median(times.OpenSSH) }] : [],
    });
  }
  return rows;
}

/** Milliseconds from the key to the last byte of the answer. */
async function interrupt(
  bench: Bench,
  command: string[],
  env: Record<string, string>,
  { bytesPerSecond, fastBytes }: Terminal,
): Promise<number> {
  await using pty = new SlowPty(bench, command, env);
  if (fastBytes === 0) pty.limit(bytesPerSecond);
  const flooded = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<number>();
  let before = "";
  let shown = 0;
  pty.onData = (bytes) => {
    const text = before + Buffer.from(bytes).toString("latin1");
    shown += bytes.length;
    if (shown > fastBytes) pty.limit(bytesPerSecond);
    if (shown > FLOODED_BYTES + fastBytes) flooded.resolve();
    if (text.includes(STOPPED)) answered.resolve(performance.now());
    before = text.slice(-STOPPED.length);
  };
  await Promise.race([flooded.promise, pty.process.exited]);
  if (pty.process.exitCode !== null)
    throw new Error(`${command[0]} ended before the flood: ${before}`);
  await Bun.sleep(FLOOD_MS);
  const start = performance.now();
  pty.type("\x03");
  return (await answered.promise) - start;
}
