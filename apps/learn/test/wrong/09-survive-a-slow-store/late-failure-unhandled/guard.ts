// seen: unhandled rejection
interface Store {
  read(id: string): Promise<string | undefined>;
}

export async function authenticate(store: Store, id: string, deadlineMs: number): Promise<200 | 401 | 503> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = store.read(id);
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => resolve(503), deadlineMs);
      answer.then((user) => resolve(user === undefined ? 401 : 200));
      answer.catch(reject);
    });
  } catch {
    return 503;
  } finally {
    clearTimeout(timer);
  }
}
