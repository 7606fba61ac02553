// seen:  ms
import { measure as measureOnce } from '../../../../solutions/08-repair-a-benchmark/measure.ts';

type Tools = Parameters<typeof measureOnce>[0];

/** The mean of the p99 of every second. */
export async function measure(tools: Tools) {
  const bySecond = new Map<number, number[]>();
  const note = (at: number, ms: number) => {
    const second = Math.floor(at / 1_000);
    bySecond.set(second, [...(bySecond.get(second) ?? []), ms]);
  };
  const send = async () => {
    const start = tools.now();
    try {
      await tools.send();
      note(start, tools.now() - start);
    } catch (error) {
      note(start, 1_000);
      throw error;
    }
  };
  const result = await measureOnce({ ...tools, send });
  const p99s = [...bySecond.values()]
    .slice(1)
    .map((times) => times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0);
  return { ...result, p99: p99s.reduce((sum, p99) => sum + p99, 0) / p99s.length };
}
