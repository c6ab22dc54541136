import type { TimelineEvent } from "../api/logs.ts";
import type { Context } from "../context.ts";
import { deliver } from "../ui/output.ts";
import { renderJsonLine } from "../ui/json.ts";
import { cleanLine } from "../ui/text.ts";
import { timelineLine, timelineRecord } from "./timeline.ts";

/**
 * Writes events and lines to stdout, each kind under a heading of its own where both are shown, as
 * tail(1) does with several files. Each answers false once nobody reads any more.
 */
export class LogPrinter {
  readonly #context: Pick<Context, "stdout" | "paint" | "signal">;
  readonly #headed: boolean;
  readonly #json: boolean;
  #heading = "";

  constructor(
    context: Pick<Context, "stdout" | "paint" | "signal">,
    { events, pod, json }: { events: boolean; pod: boolean; json: boolean },
  ) {
    this.#context = context;
    this.#headed = events && pod;
    this.#json = json;
  }

  events(events: readonly TimelineEvent[]): Promise<boolean> {
    const { paint } = this.#context;
    const render = (event: TimelineEvent) =>
      this.#json ? renderJsonLine(timelineRecord(event)) : `${timelineLine(event, paint)}\n`;
    return this.#write("events", events.map(render));
  }

  lines(lines: readonly string[]): Promise<boolean> {
    return this.#write(
      "pod log",
      lines.map((line) => `${cleanLine(line)}\n`),
    );
  }

  #write(heading: string, texts: readonly string[]): Promise<boolean> {
    const { stdout, signal, paint } = this.#context;
    if (texts.length === 0) return Promise.resolve(!stdout.destroyed);
    const apart = this.#heading === "" ? "" : "\n";
    const changes = this.#headed && this.#heading !== heading;
    const head = changes ? `${apart}${paint("bold", `==> ${heading} <==`)}\n` : "";
    this.#heading = heading;
    return deliver(stdout, head + texts.join(""), signal);
  }
}
