/**
 * Measures the compiled binary, each figure beside a baseline, where there is one: measured in the same run,
 * or reckoned. `bun scripts/bench.ts [--json] [figure…]`. A missed goal is shown, and is no failure.
 */
import { Bench } from "./bench/bench.ts";
import { measureEcho } from "./bench/echo.ts";
import type { Measure, Row } from "./bench/figure.ts";
import { measureInterrupt } from "./bench/interrupt.ts";
import { measureLatency } from "./bench/latency.ts";
import { measureMemory } from "./bench/memory.ts";
import { measureReady } from "./bench/ready.ts";
import { measureReconnect } from "./bench/reconnect.ts";
import { measureSilence } from "./bench/reconnect-silence.ts";
import { renderTable } from "./bench/report.ts";
import { measureRequests } from "./bench/requests.ts";
import { measureStalled } from "./bench/stalled.ts";
import { measureSize } from "./bench/size.ts";
import { measureStart } from "./bench/start.ts";
import { measureThroughput } from "./bench/throughput.ts";
import { measureVersion } from "./bench/version.ts";
import { measureWatcher } from "./bench/watcher.ts";

const FIGURES: Record<string, Measure> = {
  start: measureStart,
  version: measureVersion,
  size: measureSize,
  ready: measureReady,
  echo: measureEcho,
  stalled: measureStalled,
  interrupt: measureInterrupt,
  throughput: measureThroughput,
  memory: measureMemory,
  watcher: measureWatcher,
  latency: measureLatency,
  requests: measureRequests,
  reconnect: measureReconnect,
  silence: measureSilence,
};

/** A hang is a failure to measure. */
const DEADLINE_MS = 420_000;

const args = process.argv.slice(2);
const json = args.includes("--json");
const names = args.filter((arg) => arg !== "--json");
const unknown = names.find((name) => !Object.hasOwn(FIGURES, name));
if (unknown !== undefined) {
  console.error(`no figure '${unknown}'. There are: ${Object.keys(FIGURES).join(", ")}`);
  process.exit(2);
}

process.exit(await main());

async function main(): Promise<number> {
  using bench = new Bench();
  const stopped = Promise.withResolvers<never>();
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => stopped.reject(new Error(`stopped by ${signal}`)));
  }
  setTimeout(() => stopped.reject(new Error("not done in time")), DEADLINE_MS);
  try {
    const rows: Row[] = [];
    for (const name of names.length > 0 ? names : Object.keys(FIGURES)) {
      const start = performance.now();
      const measure = FIGURES[name] as Measure;
      const measured = await Promise.race([measure(bench), stopped.promise]);
      rows.push(...measured);
      bench.say(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
    console.log(json ? JSON.stringify(rows, null, 2) : renderTable(rows));
    return 0;
  } catch (error) {
    console.error(`cannot measure: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
