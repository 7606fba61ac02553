// seen: timers that still run
interface Store {
  read(id: string): Promise<string | undefined>;
}

export async function authenticate(store: Store, id: string, deadlineMs: number): Promise<200 | 401 | 503> {
  const signal = AbortSignal.timeout(deadlineMs);
  const late = new Promise<503>((resolve) => {
    signal.addEventListener('abort', () => resolve(503), { once: true });
  });
  // The signal's timer does not keep the process alive; this one does, until there is an answer.
  const awake = setInterval(() => undefined, 1_000);
  try {
    const answer = store.read(id).then(
      (user) => (user === undefined ? 401 : 200),
      () => 503 as const,
    );
    return await Promise.race([answer, late]);
  } catch {
    return 503;
  } finally {
    clearInterval(awake);
  }
}
