import type { Readable, Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import type { Endpoint } from "./endpoint.ts";
import type { AttachEnd } from "./session.ts";
import { Farewell } from "./farewell.ts";
import type { Connect } from "./transport.ts";

/** How long a sandbox must be silent after the end of stdin before it is taken to be done. */
const QUIET_MS = 1_000;
/** Input waiting for the link beyond which stdin is not read on. */
const INPUT_HIGH_WATER_BYTES = 1024 * 1024;
const INPUT_POLL_MS = 10;

export interface PipeOptions {
  endpoint: Endpoint;
  connect: Connect;
  stdin: Readable;
  stdout: Writable;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Without a terminal: stdin goes to the sandbox as it is, its output to stdout as it is, until the
 * sandbox has been silent for a while after the end of stdin. A reader that goes away (`| head`) is
 * an end like any other.
 *
 * @throws UpgradeError where the connection does not open; the signal's reason when aborted.
 */
export async function pipe(options: PipeOptions): Promise<AttachEnd> {
  const { endpoint, connect, stdin, stdout, clock, signal } = options;
  const ended = Promise.withResolvers<AttachEnd>();
  const farewell = new Farewell();
  const done = () => ended.resolve({ kind: "detached" });
  let received = 0;
  let cancelQuiet = () => {};
  let inputOver = false;
  const waitForQuiet = () => {
    cancelQuiet();
    if (inputOver) cancelQuiet = clock.after(QUIET_MS, done);
  };

  const transport = await connect(
    endpoint,
    {
      onData(bytes) {
        received += bytes.length;
        farewell.feed(bytes);
        waitForQuiet();
        if (!stdout.write(bytes)) transport.pause();
      },
      onPong() {},
      onEnd({ code, reason }) {
        ended.resolve(
          farewell.said
            ? { kind: "exited" }
            : { kind: "closed", code, reason, quiet: received === 0 },
        );
      },
    },
    signal,
  );
  const onDrain = () => transport.resume();
  const onAbort = () => ended.reject(signal.reason);
  stdout.on("drain", onDrain);
  stdout.once("error", done);
  signal.addEventListener("abort", onAbort);
  const left = new AbortController();
  const send = async () => {
    for await (const chunk of stdin) {
      if (left.signal.aborted) return;
      transport.sendInput(chunk as Buffer);
      while (transport.buffered > INPUT_HIGH_WATER_BYTES) {
        await clock.sleep(INPUT_POLL_MS, left.signal);
      }
    }
    inputOver = true;
    waitForQuiet();
  };
  send().catch(ended.reject);
  try {
    return await ended.promise;
  } finally {
    left.abort();
    cancelQuiet();
    stdin.destroy();
    stdout.off("drain", onDrain);
    signal.removeEventListener("abort", onAbort);
    transport.close();
  }
}
