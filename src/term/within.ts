/** Waits for `work`, but no longer than `ms`. Returns whether it came to its end. */
export async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** As `within`, with the time running only once `signal` is aborted. */
export async function withinOnce(
  signal: AbortSignal,
  ms: number,
  work: Promise<void>,
): Promise<boolean> {
  const aborted = Promise.withResolvers<false>();
  const onAbort = () => aborted.resolve(false);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    const isOver = await Promise.race([work.then(() => true), aborted.promise]);
    return isOver || (await within(ms, work));
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
