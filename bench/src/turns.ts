// Many small jobs, a few at a time, in order of their numbers.

const AT_ONCE = 20;

export async function inTurns<T>(count: number, one: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < count; at = next++) results[at] = await one(at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
