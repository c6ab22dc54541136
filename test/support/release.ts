import { renderSums } from "../../scripts/package/sums.ts";
import { gzip, tar } from "../../scripts/package/tar.ts";
import { archiveName, TARGETS } from "../../scripts/targets.ts";

/** A lap that only knows its version. */
export function fakeLap(version: string): string {
  return `#!/bin/sh\necho ${version}\n`;
}

/** A release on loopback, as a folder of files. Dispose of it to take it down. */
export class Release implements Disposable {
  readonly files: Record<string, Uint8Array> = {};
  /** What was asked for, in order. */
  readonly requests: string[] = [];
  /** How often the next requests fail before one succeeds. */
  failures = 0;
  /** The file of which only the first bytes come, and then nothing. */
  stalls: string | undefined;
  readonly #server: Bun.Server<undefined>;

  /** @param lap what every target's archive holds as `lap`. */
  constructor(lap: string) {
    const archive = gzip(tar([{ path: "lap", executable: true, contents: lap }]));
    for (const target of TARGETS) this.files[archiveName(target)] = archive;
    this.files.SHA256SUMS = Buffer.from(renderSums(this.files));
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: (request) => this.#answer(new URL(request.url).pathname.slice(1)),
    });
  }

  get url(): string {
    return this.#server.url.href.replace(/\/$/, "");
  }

  #answer(name: string): Response {
    this.requests.push(name);
    if (this.failures > 0) {
      this.failures--;
      return new Response("try later", { status: 503 });
    }
    const file = this.files[name];
    if (!file) return new Response("no such file", { status: 404 });
    if (name !== this.stalls) return new Response(file);
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(file.slice(0, 20)),
      }),
    );
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}
