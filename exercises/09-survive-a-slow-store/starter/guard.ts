interface Store {
  /** The user of the session, or undefined if there is no such session. */
  read(id: string): Promise<string | undefined>;
}

export async function authenticate(store: Store, id: string, _deadlineMs: number): Promise<200 | 401 | 503> {
  const user = await store.read(id).catch(() => undefined);
  return user === undefined ? 401 : 200;
}
