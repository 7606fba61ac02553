// How the kit runs, whatever it runs on: what it says of a store, and what it asks of its surroundings.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory.ts';
import {
  checkSessionStore,
  runSessionStoreChecks,
  type SessionStoreHarness,
  sessionStoreChecks,
} from '../../src/testing/index.ts';

// Two tests start processes: on a busy machine they may take longer than vitest's 5 s.
vi.setConfig({ testTimeout: 30_000 });

const source = (file: string) => fileURLToPath(new URL(`../../src/${file}`, import.meta.url));
const open: SessionStoreHarness['open'] = ({ clock }) => ({ stores: [createMemoryStore({ clock, sweepEveryMs: 0 })] });
const only = (id: string) => sessionStoreChecks.filter((check) => check.id === id);

it('has one file for each check, and every check has a name, a sentence and a number of its own place', () => {
  const ids = sessionStoreChecks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { text, invariant } of sessionStoreChecks) {
    expect(text).toMatch(/^\S.*[^.]$/);
    expect(invariant === 'limit' || Number.isInteger(invariant)).toBe(true);
  }
  const numbers = new Set(sessionStoreChecks.map(({ invariant }) => invariant));
  const promised = [...Array.from({ length: 22 }, (_, at) => at + 1), 26, 'limit'];
  expect([...numbers]).toEqual(promised);
});

it('says why a check does not apply, and runs it no less when nothing is lacking', async () => {
  const results = await runSessionStoreChecks({
    open,
    without: ['shared', 'userSessions', 'sweep', 'keyTtls', 'dump'],
  });
  const skipped = results.filter(({ outcome }) => outcome === 'skipped');
  expect(skipped.map(({ invariant }) => invariant)).toEqual([8, 15, 17, 18, 26, 'limit']);
  for (const { reason } of skipped) expect(reason).toMatch(/^without |^no maxSessionsPerUser/);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});

it('does not take one store for two instances', async () => {
  const [result] = await runSessionStoreChecks({ open }, only('create-read'));
  expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('two instances') } });
});

it('says that a power is missing when the harness does not', async () => {
  const { list: _, ...store } = createMemoryStore({ sweepEveryMs: 0 });
  const [result] = await runSessionStoreChecks(
    { open: () => ({ stores: [store] }), without: ['shared'] },
    only('index-is-what-lives'),
  );
  expect(result?.error?.message).toContain('has no list');
});

it('ends a check on a store that never answers, and closes the store', async () => {
  let closed = 0;
  const silent: SessionStoreHarness = {
    without: ['shared'],
    limitMs: 20,
    open(given) {
      let asked = 0;
      const [store] = (open(given) as { stores: [ReturnType<typeof createMemoryStore>] }).stores;
      // The kit's first question is answered, so that the store is open.
      const read = async (id: string) => (asked++ === 0 ? store.read(id) : new Promise<undefined>(() => {}));
      return { stores: [{ ...store, read }], close: () => void closed++ };
    },
  };
  const [result] = await runSessionStoreChecks(silent, only('touch-stops-at-absolute'));
  expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('within 20 ms') } });
  expect(closed).toBe(1);
});

it.each([
  ['never opens', () => new Promise<never>(() => {}), 'within 20 ms'],
  ['fails to open', () => Promise.reject(new Error('no server')), 'no server'],
])('says so of a store that %s', async (_, opening, message) => {
  const [result] = await runSessionStoreChecks({ open: opening, limitMs: 20 }, only('create-read'));
  expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining(message) } });
});

it('repeats a run by its seed', async () => {
  const harness: SessionStoreHarness = { open, without: ['shared'], seed: 7 };
  const [one, other] = [
    await runSessionStoreChecks(harness, only('data-to-the-letter')),
    await runSessionStoreChecks(harness, only('data-to-the-letter')),
  ];
  expect(one[0]?.seed).toBe(7);
  expect(other[0]?.seed).toBe(7);
});

it('registers every check with the describe and it that it is given, and skips by name what does not apply', () => {
  const titles: string[] = [];
  const skipped: string[] = [];
  const it = Object.assign((title: string) => titles.push(title), { skip: (title: string) => skipped.push(title) });
  const describe = (title: string, body: () => void) => {
    titles.push(title);
    body();
  };
  checkSessionStore({ describe, it, name: 'my store', open, without: ['shared', 'keyTtls'], maxSessionsPerUser: 100 });
  expect(titles[0]).toBe('my store keeps what every session store keeps');
  expect(titles.length - 1 + skipped.length).toBe(sessionStoreChecks.length);
  expect(skipped.map((title) => title.split('.')[0])).toEqual(['8', '15']);
});

/** Runs a script in a process that refuses to load some packages. */
function runWithout(packages: readonly string[], script: string, ...options: string[]) {
  const refuse = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => {
      if (${JSON.stringify(packages)}.includes(name)) throw new Error('loads ' + name);
      return next(name, context);
    } });`;
  const hook = `data:text/javascript,${encodeURIComponent(refuse)}`;
  return spawnSync(process.execPath, ['--import', hook, ...options, '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
}

it('runs in node:test, without vitest', () => {
  const script = `import { describe, it } from 'node:test';
    import { createMemoryStore } from ${JSON.stringify(source('stores/memory.ts'))};
    import { checkSessionStore } from ${JSON.stringify(source('testing/index.ts'))};
    checkSessionStore({ describe, it, name: 'mine', without: ['shared', 'keyTtls', 'dump'], operations: 100, runs: 5,
      open: ({ clock }) => ({ stores: [createMemoryStore({ clock, sweepEveryMs: 0 })] }) });`;
  const { status, stdout } = runWithout(['vitest'], script, '--test-reporter=tap');
  expect(stdout).toMatch(/# pass 23\n/);
  expect(stdout).toMatch(/# fail 0\n/);
  expect(stdout).toMatch(/# skipped 4\n/);
  expect(status).toBe(0);
});

it('is the only part of the package that loads fast-check', () => {
  const load = (file: string) => runWithout(['fast-check'], `await import(${JSON.stringify(source(file))})`);
  for (const file of ['index.ts', 'stores/memory.ts']) expect(load(file)).toMatchObject({ status: 0, stderr: '' });
  expect(load('testing/index.ts').stderr).toContain('loads fast-check');
});
