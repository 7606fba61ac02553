// seen: requests were sent
interface Tools {
  send(): Promise<void>;
  now(): number;
  sleep(ms: number): Promise<void>;
}

const EVERY_MS = 10;
const WARM_UP = 100;
const ALL = 600;
const TIMEOUT_MS = 1_000;

export async function measure({ send, now, sleep }: Tools) {
  const times: number[] = [];
  let failed = 0;
  const begin = now();

  async function sendOne(isCounted: boolean): Promise<void> {
    const start = now();
    const answered = await send().then(
      () => true,
      () => false,
    );
    if (!isCounted) return;
    if (!answered) failed += 1;
    times.push(answered ? now() - start : TIMEOUT_MS);
  }

  const sent: Promise<void>[] = [];
  for (let count = 0; count < ALL; count += 1) {
    await sleep(begin + count * EVERY_MS - now());
    await sendOne(count >= WARM_UP);
    sent.push(Promise.resolve());
  }
  await Promise.all(sent);
  times.sort((a, b) => a - b);
  const read = (share: number) => times[Math.ceil(share * times.length) - 1] ?? 0;
  return { requests: times.length, failed, p50: read(0.5), p99: read(0.99) };
}
