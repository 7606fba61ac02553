// A server that answers reads and refuses writes: readers are served, expired sessions are gone, and where a removal is
// possible users are signed out.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@statecraft/infra-dev';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRedisStore } from '../src/stores/redis.ts';
import { connectTo, createManualClock, HOUR, makeSession, makeSubject, START, toRecord } from './redis-fixture.ts';

/** A Redis whose folder can be taken away, so that it cannot save to its disk. */
async function openServer() {
  const folder = mkdtempSync(join(tmpdir(), 'redis-refuses-'));
  const server = await startRedis(['--dir', folder, '--save', '3600 1000000']);
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const admin = await connectTo(server.url);
  const client = await connectTo(server.url);
  onTestFinished(() => [admin, client].forEach((connection) => void connection.disconnect()));
  const clock = createManualClock();
  const store = createRedisStore({ client, clock });
  const refuse = {
    OOM: () => admin.config('SET', 'maxmemory', '1'),
    NOREPLICAS: () => admin.config('SET', 'min-replicas-to-write', '1'),
    READONLY: () => admin.replicaof('127.0.0.1', '1'),
    async MISCONF() {
      rmSync(folder, { recursive: true });
      await admin.bgsave().catch(() => undefined);
      await vi.waitFor(async () => expect(await admin.info('persistence')).toContain('rdb_last_bgsave_status:err'));
    },
  };
  return { store, clock, refuse };
}

describe.each(['OOM', 'NOREPLICAS', 'READONLY', 'MISCONF'] as const)('a server that refuses writes with %s', (code) => {
  it('answers a live session', async () => {
    const { store, refuse } = await openServer();
    const session = makeSession('ada', START);
    await store.create(session);
    await refuse[code]();
    expect(await store.read(session.id)).toEqual(toRecord(session));
  });

  it('answers an expired session as gone, although it cannot be removed', async () => {
    const { store, clock, refuse } = await openServer();
    const session = makeSession('ada', START);
    await store.create(session);
    await refuse[code]();
    clock.add(HOUR);
    expect(await store.read(session.id)).toBeUndefined();
    expect(await store.touch(session.id, START + 2 * HOUR)).toBe('gone');
  });

  it("lists a user's live sessions, without the expired one", async () => {
    const { store, clock, refuse } = await openServer();
    const [old, live] = [makeSession('ada', START), makeSession('ada', START + 1)];
    for (const session of [old, live]) await store.create(session);
    await refuse[code]();
    clock.add(HOUR);
    expect(await store.list('ada')).toEqual([toRecord(live)]);
  });

  it('fails to create, update, touch and change a session and its details, and the error names the cause', async () => {
    const { store, refuse } = await openServer();
    const session = makeSession('ada', START);
    await store.create(session);
    await refuse[code]();
    const later = START + 2 * HOUR;
    const writes = [
      store.create(makeSession('bob', START)),
      store.update(session.id, { version: 1, data: '{}', idleExpiresAt: later }),
      store.touch(session.id, later),
      store.changeSubject(makeSubject('ada')),
      store.replaceDetails(session.id, { from: session.details, to: '{"n":1}' }),
    ];
    const refused = {
      code: code === 'OOM' ? 'ERR_STORE_FULL' : 'ERR_STORE_UNAVAILABLE',
      message: expect.stringContaining(code),
    };
    expect(await Promise.allSettled(writes)).toMatchObject(writes.map(() => ({ status: 'rejected', reason: refused })));
    expect(await store.read(session.id)).toEqual(toRecord(session));
  });
});

it('a full server ends one session, and all sessions of a user', async () => {
  const { store, refuse } = await openServer();
  const [one, two, bob] = [makeSession('ada', START), makeSession('ada', START), makeSession('bob', START)];
  for (const session of [one, two, bob]) await store.create(session);
  await refuse.OOM();
  await store.destroy(one.id);
  expect(await store.list('ada')).toEqual([toRecord(two)]);
  expect(await store.destroyAll('ada')).toBe(1);
  expect(await store.list('ada')).toEqual([]);
  expect(await store.list('bob')).toEqual([toRecord(bob)]);
});

it.each(['NOREPLICAS', 'READONLY', 'MISCONF'] as const)(
  'a server that refuses writes with %s does not report a session as ended that goes on',
  async (code) => {
    const { store, refuse } = await openServer();
    const session = makeSession('ada', START);
    await store.create(session);
    await refuse[code]();
    const refused = { code: 'ERR_STORE_UNAVAILABLE', message: expect.stringContaining(code) };
    await expect(store.destroy(session.id)).rejects.toMatchObject(refused);
    await expect(store.destroyAll('ada')).rejects.toMatchObject(refused);
    expect(await store.read(session.id)).toEqual(toRecord(session));
  },
);
