// Servers that end, break off or hang: which requests are answered, and which are sent twice.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { type Answer, send } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** What a server does with requests to /slow: hold them, break off, or answer. */
type Mode = 'hold' | 'break' | 'answer';

let servers: Upstream[];
let gateway: Gateway;
const modes = new Map<string, Mode>();
const held: (() => void)[] = [];

beforeAll(async () => {
  servers = await Promise.all(
    ['one', 'two', 'three', 'four'].map((name) =>
      startUpstream(name, ({ path }, answer) => {
        const mode = path.startsWith('/slow') ? modes.get(name) : 'answer';
        if (mode === 'hold') held.push(() => answer.end());
        if (mode === 'break') answer.socket?.destroy();
        return mode === 'hold' || mode === 'break';
      }),
    ),
  );
  const urls = servers.map(({ url }) => url);
  gateway = await startNginx({
    stateless: urls,
    stateful: urls,
    affinity: 'none',
    answerSeconds: 1,
    signInsPerSecond: 'off',
  });
});

beforeEach(() => {
  modes.clear();
  for (const server of servers) server.received.length = 0;
});

// A reload makes nginx forget which server could not be reached.
afterEach(async () => {
  for (const server of servers) await server.stop().then(() => server.restart());
  await gateway.reload({});
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

const times = <T>(count: number, act: (number: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, number) => act(number)));
const tally = (answers: readonly Answer[]) => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const at = (path: string) => servers.flatMap(({ received }) => received.filter((request) => request.path === path));
/** All have reached a server: the first one holds its requests, the others answer theirs. */
const waitForArrival = (count: number) =>
  vi.waitFor(() => expect(servers.flatMap(({ received }) => received).length).toBe(count), {
    timeout: 5_000,
    interval: 5,
  });
const alive = () => servers.slice(1);

describe('a server that is killed', () => {
  it.each(['GET', 'PUT', 'DELETE'])('in the middle of requests loses no %s: another server answers', async (method) => {
    modes.set('one', 'hold');
    const load = times(80, (number) => send(gateway, `/api/stateful/slow/${number}`, { method }));
    await waitForArrival(80);
    await servers[0]?.stop();
    expect(tally(await load)).toEqual({ 200: 80 });
    expect(tally(await times(80, (number) => send(gateway, `/api/stateful/after/${number}`, { method })))).toEqual({
      200: 80,
    });
  });

  it('in the middle of POSTs: these get 502 and go to no other server, and all others are answered', async () => {
    modes.set('one', 'hold');
    const load = times(80, (number) => send(gateway, `/api/stateful/slow/${number}`, { method: 'POST', body: 'x' }));
    await waitForArrival(80);
    const lost = servers[0]?.received.map(({ path }) => path) ?? [];
    expect(lost.length).toBeGreaterThan(5);
    await servers[0]?.stop();
    expect(tally(await load)).toEqual({ 200: 80 - lost.length, 502: lost.length });
    expect(lost.flatMap(at).length).toBe(lost.length);
  });

  it('before a POST arrives: the POST goes to another server, because none has seen it', async () => {
    await servers[0]?.stop();
    const answers = await times(40, () => send(gateway, '/api/stateful/auth/login', { method: 'POST', body: '{}' }));
    expect(tally(answers)).toEqual({ 200: 40 });
    expect(at('/auth/login').length).toBe(40);
  });
});

describe('a server that breaks off', () => {
  it.each(['POST', 'PATCH'])('receives a %s once, and no other server receives it', async (method) => {
    for (const { name } of servers) modes.set(name, 'break');
    const answer = await send(gateway, '/api/stateful/slow', { method, body: 'x' });
    expect(answer).toMatchObject({
      status: 502,
      json: { code: 'ERR_SERVER_UNREACHABLE' },
      headers: { 'retry-after': '1' },
    });
    expect(at('/slow').length).toBe(1);
  });

  it('is replaced by two others at most', async () => {
    for (const { name } of servers) modes.set(name, 'break');
    expect((await send(gateway, '/api/stateful/slow')).status).toBe(502);
    expect(at('/slow').length).toBe(3);
  });
});

describe('a server that does not answer', () => {
  it('in time: a POST gets 504 and goes to no other server', async () => {
    for (const { name } of servers) modes.set(name, 'hold');
    const answer = await send(gateway, '/api/stateful/slow', { method: 'POST', body: 'x' });
    expect(answer).toMatchObject({
      status: 504,
      json: { code: 'ERR_SERVER_TIMEOUT' },
      headers: { 'retry-after': '1' },
    });
    expect(at('/slow').length).toBe(1);
  });

  it('in time: another server answers a GET', async () => {
    modes.set('one', 'hold');
    expect(tally(await times(8, () => send(gateway, '/api/stateful/slow')))).toEqual({ 200: 8 });
    expect(alive().flatMap(({ received }) => received).length).toBe(8);
  });
});

it('without any server, the gateway answers 502 in the form of every error and stays healthy', async () => {
  for (const server of servers) await server.stop();
  const answer = await send(gateway, '/api/stateful/auth/me', { https: true });
  expect(answer).toMatchObject({
    status: 502,
    json: { statusCode: 502, code: 'ERR_SERVER_UNREACHABLE', error: 'Bad Gateway' },
  });
  expect((await send(gateway, '/health')).status).toBe(200);
});
