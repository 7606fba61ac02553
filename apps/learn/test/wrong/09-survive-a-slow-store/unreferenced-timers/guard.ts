// seen: timers that still run
interface Store {
  read(id: string): Promise<string | undefined>;
}

export async function authenticate(store: Store, id: string, deadlineMs: number): Promise<200 | 401 | 503> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<503>((resolve) => {
    timer = setTimeout(() => resolve(503), deadlineMs).unref();
  });
  try {
    // Caught here, because it may fail after the deadline.
    const answer = store.read(id).then(
      (user) => (user === undefined ? 401 : 200),
      () => 503 as const,
    );
    return await Promise.race([answer, late]);
  } catch {
    return 503;
  } finally {
    void timer;
  }
}
