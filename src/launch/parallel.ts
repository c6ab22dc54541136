/** What a platform is asked to do at once, when it is a lot. */
const AT_ONCE = 8;

/** Does the same for all, a few of them at a time. How each went is in the order of the items. */
export async function settleAll<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const settled: PromiseSettledResult<R>[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) {
      [settled[index]] = (await Promise.allSettled([work(item)])) as [PromiseSettledResult<R>];
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return settled;
}
