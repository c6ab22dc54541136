import type { BringUp } from "../../src/demo/sessions.ts";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import type { Tty } from "../../src/demo/tty.ts";

/** A sandbox that says nothing. */
const silent: Tty = {
  attach: () => ({ keys() {}, resize() {}, drained() {}, closed() {} }),
  async stop() {},
};

/** A platform with one agent, `bot`, that answers at once and tells of each upgrade asked for. */
export class IdlePlatform implements AsyncDisposable {
  readonly platform: Platform;
  #onUpgrade: ((upgrade: { at: number; session: string }) => void) | undefined;

  constructor(bringUp: BringUp = async function* () {}) {
    this.platform = startPlatform({
      agents: [{ name: "bot", harness_id: "codex", command: ["true"] }],
      bringUp,
      openTty: () => silent,
      intercept: (_request, { pathname }) => {
        const [, session] = /sessions\/([^/]+)\/tty$/.exec(pathname) ?? [];
        if (session) this.#onUpgrade?.({ at: performance.now(), session });
        return undefined;
      },
    });
  }

  /** The next upgrade asked for; `at` on the clock of `performance.now()`. */
  async upgrade(): Promise<{ at: number; session: string }> {
    const next = Promise.withResolvers<{ at: number; session: string }>();
    this.#onUpgrade = next.resolve;
    return next.promise;
  }

  onUpgrade(listener: (upgrade: { at: number; session: string }) => void): void {
    this.#onUpgrade = listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.platform.stop();
  }
}
