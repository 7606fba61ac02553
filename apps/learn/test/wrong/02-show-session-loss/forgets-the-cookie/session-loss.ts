// seen: it failed: Request 1
export async function test(baseUrl: string): Promise<void> {
  const login = await fetch(`${baseUrl}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada' }),
  });
  await login.text();
  for (let count = 1; count <= 10; count += 1) {
    const { status } = await fetch(`${baseUrl}/me`, {});
    if (status === 401) throw new Error(`Request ${count} after the sign-in was answered with 401.`);
  }
}
