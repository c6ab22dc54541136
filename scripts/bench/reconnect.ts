import { FaultProxy } from "../../test/support/fault-proxy.ts";
import { ScriptedSandbox } from "../../test/support/sandbox.ts";
import type { Bench } from "./bench.ts";
import { below, median, type Row } from "./figure.ts";
import { BarePty } from "./pty.ts";

const ROUNDS = 12;
const GOAL_MS = 300;
/** A connection is used for so long before it is lost: the backoff begins anew then. */
const STEADY_MS = 400;
/** Between the tries at 0.5 s and 1.5 s after the loss. */
const OUTAGE_MS = 900;

/** How long after a loss, or after the network is back, a sandbox's terminal is joined again. */
export async function measureReconnect(bench: Bench): Promise<Row[]> {
  await using sandbox = new ScriptedSandbox();
  using proxy = new FaultProxy(sandbox.port);
  sandbox.onJoin = () => sandbox.send("painted");
  const env = { ...bench.environment(bench.home(), { url: proxy.url, key: "" }), ...sandbox.login };
  await using pty = new BarePty(bench, [bench.lap, sandbox.agent], { ...env, LAP_URL: proxy.url });

  /** The times of the next request for the session, and of the next upgrade that is granted. */
  const back = () => {
    const asked = Promise.withResolvers<number>();
    const joined = Promise.withResolvers<number>();
    proxy.onStage = (stage) => {
      if (stage === "poll") asked.resolve(performance.now());
      if (stage === "attached") joined.resolve(performance.now());
    };
    return { asked: asked.promise, joined: joined.promise };
  };
  const lose = async (outageMs: number) => {
    proxy.set({ kind: "refuse" });
    await Bun.sleep(outageMs);
    proxy.clear();
    return performance.now();
  };

  const cut: number[] = [];
  const found: number[] = [];
  const waited: number[] = [];
  const hurried: number[] = [];
  const bare: number[] = [];
  await back().joined;
  for (let round = 0; round < ROUNDS; round++) {
    await Bun.sleep(STEADY_MS);
    const cutAt = performance.now();
    proxy.set({ kind: "cut", by: "reset" });
    cut.push((await back().joined) - cutAt);

    await Bun.sleep(STEADY_MS);
    const returnedAt = await lose(OUTAGE_MS);
    const { asked, joined } = back();
    found.push((await joined) - (await asked));
    waited.push((await joined) - returnedAt);

    await Bun.sleep(STEADY_MS);
    const pressedAt = await lose(OUTAGE_MS);
    pty.type("\r");
    hurried.push((await back().joined) - pressedAt);

    bare.push(await bareReturn(proxy.url, sandbox));
  }

  const beside = [{ name: "bare requests, in a process that runs", value: median(bare) }];
  const row = (name: string, times: number[], more: Row["beside"] = []): Row => {
    const value = median(times);
    const goal = below(value, GOAL_MS, "ms");
    return {
      name,
      value,
      unit: "ms",
      n: ROUNDS,
      beside: [...beside, ...more],
      ...(goal && { goal }),
    };
  };
  return [
    row("reconnect after a cut", cut),
    row("reconnect after an outage, from the try that gets through", found, [
      { name: "from the network's return, with the wait for that try", value: median(waited) },
    ]),
    row("reconnect after an outage, from Enter", hurried),
  ];
}

/** What coming back takes at least: the session's state and an upgrade, each on a new connection. */
async function bareReturn(url: string, sandbox: ScriptedSandbox): Promise<number> {
  const start = performance.now();
  const session = `${url}/api/v1/managed_agents/sessions/${sandbox.session}`;
  await (await fetch(session, { keepalive: false })).json();
  const socket = new WebSocket(`${url.replace("http", "ws")}/tty`);
  await new Promise((resolve) => (socket.onopen = resolve));
  const ms = performance.now() - start;
  socket.terminate();
  return ms;
}
