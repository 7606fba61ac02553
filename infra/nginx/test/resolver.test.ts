// Servers that are looked up by name, as in compose and Kubernetes: GATEWAY_RESOLVER.

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Gateway, readNginxVersion, startNginx } from '../src/index.ts';
import { send } from './client.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const NAME = 'stateful-api.test';
// The nginx of Debian 12 has no affinity for such servers; render.test.ts shows that render.sh refuses it.
const [major = 0, minor = 0, patch = 0] = readNginxVersion().split('.').map(Number);
const affinity = major * 1e6 + minor * 1e3 + patch >= 1_027_003 ? 'cookie' : 'none';

let names: NameServer;
let servers: Upstream[];
let gateway: Gateway;

beforeAll(async () => {
  names = await startNameServer();
  const one = await startUpstream('one');
  const port = Number(new URL(one.url).port);
  const others = ['two', 'three'].map((name, index) =>
    startUpstream(name, undefined, { host: `127.0.0.${index + 2}`, port }),
  );
  servers = [one, ...(await Promise.all(others))];
  const place = [`${NAME}:${port}`];
  gateway = await startNginx({
    stateless: place,
    stateful: place,
    affinity,
    resolver: names.address,
    resolverSeconds: 1,
    signInsPerSecond: 'off',
  });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all(servers.map((server) => server.stop()));
  await names.stop();
});

/** Sends requests with 20 sessions, expects that all are answered, and lists the servers that did it. */
async function listServers(): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      send(gateway, '/api/stateful/x', { headers: { cookie: `session=${number}` } }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return [...new Set(answers.map(({ headers }) => String(headers['x-served-by'])))].sort();
}

const waitForServers = (expected: readonly string[]) =>
  vi.waitFor(async () => expect(await listServers()).toEqual(expected), { timeout: 15_000, interval: 100 });

it('the gateway starts without servers, and follows the name server without a failed request', async () => {
  expect(await send(gateway, '/api/stateful/x')).toMatchObject({
    status: 502,
    json: { code: 'ERR_SERVER_UNREACHABLE' },
  });
  names.table.set(NAME, ['127.0.0.1']);
  await vi.waitFor(async () => expect((await send(gateway, '/api/stateful/x')).status).toBe(200), {
    timeout: 15_000,
    interval: 100,
  });
  expect(await listServers()).toEqual(['one']);
  names.table.set(NAME, ['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  await waitForServers(['one', 'three', 'two']);
  names.table.set(NAME, ['127.0.0.2']);
  await waitForServers(['two']);
}, 60_000);
