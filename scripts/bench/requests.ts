import { ScriptedSandbox } from "../../test/support/sandbox.ts";
import type { Bench } from "./bench.ts";
import type { Row } from "./figure.ts";
import { BarePty } from "./pty.ts";

const WINDOW_MS = 15_000;
/** The first polls come sooner than the later ones. */
const LEAD_MS = 3_000;
const MINUTE_MS = 60_000;
/** What platforms end an unused session after (PROTOCOL 4). */
const IDLE_TIMEOUT_MINUTES = 15;
const KEY_INTERVAL_MS = 500;
/** `READY_TIMEOUT_MS` lies far beyond. What lap notices late by polling less often is `ready`'s figure. */
const WAITING_GOAL = 180;
const ATTACHED_GOAL = 0.5;

/** What one person costs the platform: requests while a sandbox starts slowly, and while it is used. */
export async function measureRequests(bench: Bench): Promise<Row[]> {
  const [waiting, attached] = await Promise.all([countWaiting(bench), countAttached(bench)]);
  const perMinute = (waiting * MINUTE_MS) / WINDOW_MS;
  const used = attached / IDLE_TIMEOUT_MINUTES;
  return [
    {
      name: "requests while a sandbox starts",
      value: perMinute,
      unit: "/min",
      n: waiting,
      // It polls every 1.5 s, from which it notices `ready` 0.75 s late (PROTOCOL 3).
      beside: [{ name: "the reference client", value: MINUTE_MS / 1_500 }],
      goal: { says: `≤ ${WAITING_GOAL} /min`, met: perMinute <= WAITING_GOAL },
    },
    {
      name: "requests while attached and in use",
      value: used,
      unit: "/min",
      n: attached,
      beside: [{ name: "the least that keeps it alive", value: 1 / IDLE_TIMEOUT_MINUTES }],
      goal: { says: `≤ ${ATTACHED_GOAL} /min`, met: used <= ATTACHED_GOAL },
    },
  ];
}

async function countWaiting(bench: Bench): Promise<number> {
  await using sandbox = new ScriptedSandbox();
  sandbox.status = "creating";
  await using _lap = open(bench, sandbox);
  await Bun.sleep(LEAD_MS);
  const before = sandbox.requests.length;
  await Bun.sleep(WINDOW_MS);
  return sandbox.requests.length - before;
}

/** Requests per idle timeout, behind those that opened it: a timeout as long as the window is. */
async function countAttached(bench: Bench): Promise<number> {
  await using sandbox = new ScriptedSandbox();
  sandbox.idleTimeoutMs = WINDOW_MS;
  await using lap = open(bench, sandbox);
  await sandbox.joined();
  await Bun.sleep(LEAD_MS);
  const before = sandbox.requests.length;
  const typing = setInterval(() => lap.type("k"), KEY_INTERVAL_MS);
  await Bun.sleep(WINDOW_MS);
  clearInterval(typing);
  return sandbox.requests.length - before;
}

function open(bench: Bench, sandbox: ScriptedSandbox): BarePty {
  const { LAP_URL: url, LAP_KEY: key } = sandbox.login;
  const env = bench.environment(bench.home(), { url, key });
  return new BarePty(bench, [bench.lap, sandbox.agent], env);
}
