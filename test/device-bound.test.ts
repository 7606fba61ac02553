// Device-bound sessions through the real gateway: nginx ends TLS, two servers share a store, a client has a key in
// software. The prefix of the gateway, /api/stateful, is in no configuration of the servers.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type NodeProcess, startNode } from '../infra/dev/src/index.ts';
import { type Gateway, startNginx } from '../infra/nginx/src/index.ts';
import { DEMO_PASSWORD } from '../packages/accounts/src/index.ts';
import { type Exchange, StatefulClient } from '../packages/auth-client/src/index.ts';

let folder: string;
let servers: NodeProcess[];
let gateway: Gateway;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'statecraft-device-'));
  servers = ['one', 'two'].map((name) =>
    startNode(new URL('../apps/stateful-api/src/main.ts', import.meta.url), {
      env: {
        ...{ PORT: '0', LOG_LEVEL: 'warn', INSTANCE_ID: name, DOCS: '0', TRUST_PROXY: '127.0.0.1' },
        ...{ DEMO_USERS: '1', PASSWORD_MEMORY_KIB: '8', DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}` },
        ...{ SESSION_STORE: 'sqlite', SESSION_SQLITE_PATH: join(folder, 'sessions.sqlite') },
        ...{ SESSION_DEVICE_BOUND: '1', SESSION_DEVICE_LIFETIME_SECONDS: '1' },
      },
    }),
  );
  const stateful = await Promise.all(servers.map(({ url }) => url));
  gateway = await startNginx({ stateless: [stateful[0] ?? ''], stateful, affinity: 'none', signInsPerSecond: 1 });
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  await Promise.all((servers ?? []).map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** A client that keeps its exchanges. */
function openClient(deviceKey: 'ES256' | 'RS256') {
  const exchanges: Exchange[] = [];
  const dispatcher = new Agent({ connect: { ca: gateway.certificate } });
  onTestFinished(() => dispatcher.close());
  const baseUrl = `${gateway.httpsUrl}/api/stateful`;
  const trace = (exchange: Exchange) => void exchanges.push(exchange);
  const client = new StatefulClient({ baseUrl, dispatcher, deviceKey, trace });
  const listPaths = (suffix: string) => exchanges.filter(({ request }) => request.url.endsWith(suffix));
  return { client, listPaths };
}

it.each(['ES256', 'RS256'] as const)('a client with a key of %s registers and renews its cookie', async (deviceKey) => {
  const { client, listPaths } = openClient(deviceKey);
  await client.signIn(deviceKey === 'ES256' ? 'alice' : 'bob', DEMO_PASSWORD);
  expect(listPaths('/api/stateful/auth/device/register').map(({ answer }) => answer?.status)).toEqual([200]);
  const servedBy = new Set<string | undefined>();
  await expect
    .poll(
      async () => {
        await client.me();
        for (const { answer } of listPaths('/auth/me')) servedBy.add(answer?.servedBy);
        return [listPaths('/auth/device/refresh').length >= 6, servedBy.size];
      },
      // The cookie lives for a second.
      { timeout: 30_000, interval: 100 },
    )
    .toEqual([true, 2]);
  const answers = listPaths('/auth/me').map(({ answer }) => answer?.status);
  expect(new Set(answers)).toEqual(new Set([200]));
  const renewals = listPaths('/auth/device/refresh').map(({ answer }) => answer?.status);
  expect(renewals.filter((status) => status !== 200 && status !== 403)).toEqual([]);
});
