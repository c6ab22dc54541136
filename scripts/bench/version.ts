import type { Bench } from "./bench.ts";
import { median, type Row } from "./figure.ts";

const ROUNDS = 20;

/** `lap --version`, from start to end, beside the start of node and of nothing. */
export async function measureVersion(bench: Bench): Promise<Row[]> {
  const node = Bun.which("node");
  const commands = {
    lap: [bench.lap, "--version"],
    ...(node ? { "node -e 0": [node, "-e", "0"] } : {}),
    true: ["true"],
  };
  const times = Object.entries(commands).map(([name, command]) => ({
    name,
    command,
    ms: [] as number[],
  }));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { command, ms } of times) {
      const start = performance.now();
      const { exitCode } = Bun.spawnSync(command, { stdout: "ignore" });
      if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
      if (round >= 0) ms.push(performance.now() - start);
    }
  }
  const [lap, ...others] = times.map(({ name, ms }) => ({ name, value: median(ms) }));
  if (!lap) throw new Error("nothing was measured");
  const ofNode = others.find(({ name }) => name !== "true")?.value;
  return [
    {
      name: "lap --version",
      value: lap.value,
      unit: "ms",
      n: ROUNDS,
      beside: others,
      ...(ofNode === undefined ? {} : { goal: { says: "< node -e 0", met: lap.value < ofNode } }),
    },
  ];
}
