// seen: no answer within
interface Store {
  read(id: string): Promise<string | undefined>;
}

export async function authenticate(store: Store, id: string, _deadlineMs: number): Promise<200 | 401 | 503> {
  try {
    // Caught here, because it may fail after the deadline.
    const answer = store.read(id).then(
      (user) => (user === undefined ? 401 : 200),
      () => 503 as const,
    );
    return await answer;
  } catch {
    return 503;
  }
}
