// Servers that come and go by name, as in compose and Kubernetes: GATEWAY_RESOLVER.

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Gateway, readNginxVersion, startNginx } from '../src/index.ts';
import { send } from './client.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const NAME = 'stateful-api.test';
// What Debian 12 has cannot place requests on such servers; render.test.ts shows that it says so.
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

/** Who answers 20 people, each of whom has a session of their own; every one of them is answered. */
async function whoAnswers(): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      send(gateway, '/api/stateful/x', { headers: { cookie: `session=${number}` } }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return [...new Set(answers.map(({ headers }) => String(headers['x-served-by'])))].sort();
}

const until = (expected: readonly string[]) =>
  vi.waitFor(async () => expect(await whoAnswers()).toEqual(expected), { timeout: 15_000, interval: 100 });

it('starts without them, finds them when they come, and follows as they go, without one failed request', async () => {
  expect(await send(gateway, '/api/stateful/x')).toMatchObject({
    status: 502,
    json: { code: 'ERR_SERVER_UNREACHABLE' },
  });
  names.table.set(NAME, ['127.0.0.1']);
  await vi.waitFor(async () => expect((await send(gateway, '/api/stateful/x')).status).toBe(200), {
    timeout: 15_000,
    interval: 100,
  });
  expect(await whoAnswers()).toEqual(['one']);
  names.table.set(NAME, ['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  await until(['one', 'three', 'two']);
  names.table.set(NAME, ['127.0.0.2']);
  await until(['two']);
}, 60_000);
