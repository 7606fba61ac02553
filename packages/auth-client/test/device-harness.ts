// What the tests of device-bound sessions share: a server for each test, and the time, which moves only for the client.

import { afterEach, beforeEach, vi } from 'vitest';
import { type ReceivedAnswer, StatefulClient, type StatefulClientOptions } from '../src/index.ts';
import { type DeviceServer, startDeviceServer } from './device-server.ts';

export let server: DeviceServer;

/** To be called once in a test file. */
export function startServers(): void {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    server = await startDeviceServer();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server.close();
  });
}

export function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1_000);
}

export const takeLines = (): string[] => server.takeSeen().map(({ line }) => line);

export const getMe = (client: StatefulClient): Promise<ReceivedAnswer> => client.send('GET', '/auth/me');

export async function signIn(options: Partial<StatefulClientOptions> = {}): Promise<StatefulClient> {
  const client = new StatefulClient({ ...server.reach, deviceKey: 'ES256', ...options });
  await client.signIn('alice', 'right password');
  return client;
}

/** A signed-in client whose bound cookie has expired. */
export async function signInEarlier(options: Partial<StatefulClientOptions> = {}): Promise<StatefulClient> {
  const client = await signIn(options);
  pass(60);
  server.takeSeen();
  return client;
}
