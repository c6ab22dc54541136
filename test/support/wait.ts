/** No condition of a test takes this long on a machine that works at all. */
const DEADLINE_MS = 15_000;
const POLL_INTERVAL_MS = 5;

/** Waits until a condition holds; `what` names it when it never does. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`never happened: ${typeof what === "string" ? what : what()}`);
    }
    await Bun.sleep(POLL_INTERVAL_MS);
  }
}
