import { StatefulClient, type StatefulClientOptions } from '@statecraft/auth-client';

/** Signs in with a key; returns the sessions that are bound to it, none if the server offers none. */
export async function bindSession(options: StatefulClientOptions, password: string) {
  const client = new StatefulClient({ ...options, deviceKey: 'ES256' });
  await client.signIn('alice', password); // registers the key if the answer offers it
  await client.me(); // gets a fresh bound cookie first, if that cookie has expired
  return client.bindingIds;
}
