// How the kit runs on any store: which results it gives, and what it needs around it.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { expect, it, vi } from 'vitest';
import {
  checkSessionStore,
  runSessionStoreChecks,
  type SessionStoreHarness,
  sessionStoreChecks,
} from '../src/index.ts';

// Some tests start processes, which takes long on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const KIT = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const open: SessionStoreHarness['open'] = ({ clock }) => ({ stores: [createMemoryStore({ clock, sweepEveryMs: 0 })] });
const findChecks = (id: string) => sessionStoreChecks.filter((check) => check.id === id);

it('every check has a name of its own, a sentence and a number', () => {
  const ids = sessionStoreChecks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { text, invariant } of sessionStoreChecks) {
    expect(text).toMatch(/^\S.*[^.]$/);
    expect(invariant === 'limit' || Number.isInteger(invariant)).toBe(true);
  }
  const numbers = new Set(sessionStoreChecks.map(({ invariant }) => invariant));
  const promised = [...Array.from({ length: 35 }, (_, at) => at + 1), 'limit'];
  expect([...numbers]).toEqual(promised);
});

it('a check that needs a power which the store lacks is skipped with a reason', async () => {
  const results = await runSessionStoreChecks({
    open,
    without: ['shared', 'userSessions', 'replaceDetails', 'sweep', 'keyTtls', 'dump', 'corrupt', 'faults'],
  });
  const skipped = results.filter(({ outcome }) => outcome === 'skipped');
  const numbers = skipped.map(({ invariant }) => invariant);
  expect(numbers.join(' ')).toBe('8 15 17 18 23 24 25 26 30 32 33 34 35 limit limit');
  for (const { reason } of skipped) expect(reason).toMatch(/^without |^the harness states no max/);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});

it('a shared store must open as two instances', async () => {
  const [result] = await runSessionStoreChecks({ open }, findChecks('create-then-read'));
  expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('two instances') } });
});

it('a check fails with the name of a missing power that the harness does not name', async () => {
  const { list: _, ...store } = createMemoryStore({ sweepEveryMs: 0 });
  const [result] = await runSessionStoreChecks(
    { open: () => ({ stores: [store] }), without: ['shared'] },
    findChecks('list-is-exact'),
  );
  expect(result?.error?.message).toContain('has no list');
});

it('a check on a store that never answers fails after limitMs, and the store is closed', async () => {
  let closed = 0;
  const silent: SessionStoreHarness = {
    without: ['shared'],
    limitMs: 20,
    open(given) {
      let reads = 0;
      const [store] = (open(given) as { stores: [ReturnType<typeof createMemoryStore>] }).stores;
      // The kit's first read, with which it opens the store, is answered.
      const read = async (id: string) => (reads++ === 0 ? store.read(id) : new Promise<undefined>(() => {}));
      return { stores: [{ ...store, read }], close: () => void closed++ };
    },
  };
  const [result] = await runSessionStoreChecks(silent, findChecks('touch-stops-at-absolute'));
  expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('within 20 ms') } });
  expect(closed).toBe(1);
});

it.each([
  ['never opens', () => new Promise<never>(() => {}), 'within 20 ms'],
  ['fails to open', () => Promise.reject(new Error('no server')), 'no server'],
])('every check fails on a store that %s', async (_, opening, message) => {
  const [result] = await runSessionStoreChecks({ open: opening, limitMs: 20 }, findChecks('create-then-read'));
  expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining(message) } });
});

it('a run with the same seed is the same run', async () => {
  const harness: SessionStoreHarness = { open, without: ['shared'], seed: 7 };
  const [one, other] = [
    await runSessionStoreChecks(harness, findChecks('text-is-kept-exactly')),
    await runSessionStoreChecks(harness, findChecks('text-is-kept-exactly')),
  ];
  expect(one[0]?.seed).toBe(7);
  expect(other[0]?.seed).toBe(7);
});

it('checkSessionStore registers one test for each check, and skips those that do not apply', () => {
  const titles: string[] = [];
  const skipped: string[] = [];
  const it = Object.assign((title: string) => titles.push(title), { skip: (title: string) => skipped.push(title) });
  const describe = (title: string, body: () => void) => {
    titles.push(title);
    body();
  };
  checkSessionStore({
    describe,
    it,
    name: 'my store',
    open,
    without: ['shared', 'keyTtls', 'corrupt', 'faults'],
    maxSessionsPerUser: 100,
    maxBytesPerUser: 16 * 1024 ** 2,
  });
  expect(titles[0]).toBe('my store keeps what every session store keeps');
  expect(titles.length - 1 + skipped.length).toBe(sessionStoreChecks.length);
  expect(skipped.map((title) => title.split('.')[0])).toEqual(['8', '15', '23', '24', '25', '32']);
});

/** Runs a script in a process that refuses to load a package. */
function runWithout(refused: string, script: string, ...options: string[]) {
  const refuse = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => {
      if (name === ${JSON.stringify(refused)}) throw new Error('loads ' + name);
      return next(name, context);
    } });`;
  const hook = `data:text/javascript,${encodeURIComponent(refuse)}`;
  const condition = '--conditions=@statecraft/source';
  return spawnSync(process.execPath, [condition, '--import', hook, ...options, '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  });
}

it('the kit runs in node:test, without vitest', () => {
  const script = `import { describe, it } from 'node:test';
    import { createMemoryStore } from '@statecraft/auth-core/memory';
    import { checkSessionStore } from ${JSON.stringify(KIT)};
    checkSessionStore({ describe, it, name: 'mine', operations: 100, runs: 5,
      without: ['shared', 'keyTtls', 'dump', 'corrupt', 'faults'],
      open: ({ clock }) => ({ stores: [createMemoryStore({ clock, sweepEveryMs: 0 })] }) });`;
  const { status, stdout } = runWithout('vitest', script, '--test-reporter=tap');
  expect(stdout).toMatch(/# pass 31\n/);
  expect(stdout).toMatch(/# fail 0\n/);
  expect(stdout).toMatch(/# skipped 9\n/);
  expect(status).toBe(0);
});
