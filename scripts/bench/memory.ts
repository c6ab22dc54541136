import { SharedPty } from "../../src/demo/pty.ts";
import { startPlatform } from "../../src/demo/platform.ts";
import type { Bench } from "./bench.ts";
import { below, median, type Row } from "./figure.ts";
import { BarePty } from "./pty.ts";

const LAPS = 3;
/** When a process counts as idle; part of the figure, not a synchronisation. */
const IDLE_AFTER_MS = 2_000;
const GOAL_MIB = 45;

const PROMPT = "ready>";
const SHELL = ["env", `PS1=${PROMPT} `, "sh", "-i"];
/** What is typed, key by key as a person does, and what only the shell's answer to it holds. */
const LINE = "echo $((6 * 7))ed";
const ANSWER = "42ed";

/**
 * The resident memory of a lap that has nothing to do, but was used: its sandbox has painted a prompt,
 * through tmux as real ones do, and keys were echoed.
 */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  const { tmux } = bench;
  if (!tmux) bench.say("  tmux: not installed; a plain shell paints");
  const command = tmux ? [...tmux, "new-session", ...SHELL] : SHELL;
  await using stack = new AsyncDisposableStack();
  stack.defer(() => bench.endTmux());
  let onJoined = () => {};
  const platform = startPlatform({
    agents: [{ name: "bot", harness_id: "codex", command }],
    openTty: ({ agent }) => {
      onJoined();
      return new SharedPty(agent.spec);
    },
  });
  stack.defer(() => platform.stop());
  const start = async (client: string[], use: (pty: BarePty) => Promise<void>) => {
    const joined = new Promise<void>((done) => (onJoined = done));
    const env = bench.environment(bench.home(), platform);
    const pty = stack.use(new BarePty(bench, client, env));
    await Promise.all([joined, use(pty)]);
    return pty.process.pid;
  };
  const laps: number[] = [];
  for (let lap = 0; lap < LAPS; lap++) laps.push(await start([bench.lap, "bot", "--new"], work));
  const bare = await start([bench.bareClient, "fresh"], async () => {});
  await Bun.sleep(IDLE_AFTER_MS);
  const value = median(laps.map(residentMib));
  return [
    {
      name: `memory, idle at a shell${tmux ? " in tmux" : ""}`,
      value,
      unit: "MiB",
      n: LAPS,
      beside: [{ name: "bare compiled prototype", value: residentMib(bare) }],
      goal: below(value, GOAL_MIB, "MiB"),
    },
  ];
}

/** Waits for the prompt and types a line, each key once the one before is echoed. */
async function work(pty: BarePty): Promise<void> {
  let seen = "";
  let onSeen = () => {};
  pty.onData = (bytes) => {
    seen += Buffer.from(bytes).toString("latin1");
    onSeen();
  };
  const shows = (text: string) =>
    new Promise<void>((done) => {
      onSeen = () => {
        const at = seen.indexOf(text);
        if (at < 0) return;
        seen = seen.slice(at + text.length);
        onSeen = () => {};
        done();
      };
      onSeen();
    });
  await shows(PROMPT);
  for (const key of LINE) {
    pty.type(key);
    await shows(key);
  }
  pty.type("\r");
  await shows(ANSWER);
  await shows(PROMPT);
}

function residentMib(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", `${pid}`]);
  const kib = Number(stdout.toString());
  if (!(kib > 0)) throw new Error(`process ${pid} is gone`);
  return kib / 1024;
}
