import { ApiError, StatefulClient, StatelessClient } from '@statecraft/auth-client';

/** Signs in at the stateful API, fills the cart, and ends the user's other sessions. */
export async function shop(baseUrl: string, password: string) {
  const client = new StatefulClient({ baseUrl, timeoutMs: 5_000 });
  const user = await client.signIn('alice', password);
  await client.addToCart({ sku: 'tea', quantity: 2 });
  for (const session of await client.sessions()) {
    if (!session.current) await client.endSession(session.id);
  }
  const { items } = await client.cart();
  await client.signOut();
  return { user, items };
}

/** Signs in at the stateless API, requests the user, and returns a line for each exchange. */
export async function traceExchanges(baseUrl: string, password: string) {
  const lines: string[] = [];
  const client = new StatelessClient({
    baseUrl,
    trace: ({ request, answer, durationMs }) =>
      lines.push(`${request.method} ${request.url}: ${answer?.status} in ${Math.round(durationMs)} ms`),
  });
  await client.signIn('alice', password);
  await client.me();
  return lines;
}

/** Returns true if the password is right; throws if the API does not answer or fails. */
export async function isRightPassword(baseUrl: string, username: string, password: string) {
  try {
    await new StatelessClient({ baseUrl }).signIn(username, password);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ERR_CREDENTIALS_WRONG') return false;
    throw error;
  }
}
