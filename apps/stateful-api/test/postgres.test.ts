// SESSION_STORE=postgres: servers share a table. Sessions survive restarts of the servers and of PostgreSQL; while it
// is away, 503 within the deadline, never 200, never 401; back by itself.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import {
  type Browser,
  browserOf,
  type Environment,
  openApp,
  PASSWORD,
  refusal,
  setCookies,
  signedIn,
  statusOf,
} from './app.ts';

const DEADLINE_MS = 400;
const tea = { sku: 'tea', quantity: 2 };

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const makeEnv = (more: Environment = {}): Environment => ({
  SESSION_STORE: 'postgres',
  SESSION_DATABASE_URL: postgres.url,
  SESSION_DATABASE_DEADLINE_MS: String(DEADLINE_MS),
  SESSION_DATABASE_MIGRATE: '1',
  DATABASE_WAIT_SECONDS: '0',
  ...more,
});

describe.each(['statecraft', 'fastify-session'])('%s', (engine) => {
  const open = (more: Environment = {}) => openApp(makeEnv({ SESSION_ENGINE: engine, ...more }));

  it('keeps sessions and carts over a restart', async () => {
    const before = await open();
    const alice = await signedIn(before);
    await alice.ask('POST', '/cart/items', tea);
    await before.close();
    const after = browserOf(await open(), alice.cookie);
    expect((await after.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
  });

  it('is one to a second server, and a sign-out at one ends the session at the other', async () => {
    const [one, two] = [await open(), await open({ INSTANCE_ID: 'two' })];
    const atOne = await signedIn(one);
    await atOne.ask('POST', '/cart/items', tea);
    const atTwo = browserOf(two, atOne.cookie);
    expect((await atTwo.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
    await atTwo.ask('POST', '/auth/logout');
    expect(await statusOf(atOne)).toBe(401);
  });

  describe('while PostgreSQL is away', () => {
    let app: FastifyInstance;
    let alice: Browser;
    const prepare = async () => {
      app = await open();
      alice = await signedIn(app);
    };
    afterEach(async () => {
      postgres.resume();
      await postgres.restart();
    });

    const ROUTES = [
      ['GET', '/auth/me'],
      ['GET', '/cart'],
      ['GET', '/auth/sessions'],
      ['POST', '/cart/items', tea],
      ['POST', '/auth/logout-all'],
      ['POST', '/auth/logout'],
      ['POST', '/auth/login', { username: 'bob', password: PASSWORD }],
    ] as const;

    it.each([
      ['killed', () => postgres.kill()],
      ['frozen', () => postgres.pause()],
    ])('answers 503 within the deadline and keeps the cookie: %s', async (_how, end) => {
      await prepare();
      await end();
      for (const [method, url, payload] of ROUTES) {
        const began = performance.now();
        const answer = await alice.ask(method, url, payload);
        expect([url, ...refusal(answer)]).toEqual([url, 503, 'ERR_STORE_UNAVAILABLE']);
        expect(setCookies(answer)).toEqual([]);
        // Beside the deadline: the hash of a password, and a machine that does other things.
        expect(performance.now() - began).toBeLessThan(DEADLINE_MS + 600);
      }
      const ready = await app.inject('/ready');
      expect([ready.statusCode, ready.json().checks]).toMatchObject([
        503,
        { postgres: 'failed', 'postgres-writes': 'failed' },
      ]);
      expect((await browserOf(app).ask('GET', '/auth/me')).statusCode).toBe(401);
    });

    it('comes back by itself, with its sessions', async () => {
      await prepare();
      await postgres.kill();
      expect(await statusOf(alice)).toBe(503);
      await postgres.restart();
      await vi.waitFor(async () => expect(await statusOf(alice)).toBe(200), { timeout: 10_000, interval: 20 });
      expect((await app.inject('/ready')).statusCode).toBe(200);
    });
  });
});

it('shows the connections of the pool in /metrics', async () => {
  const app = await openApp(makeEnv());
  await signedIn(app);
  const { body } = await app.inject('/metrics');
  expect(body).toMatch(/^session_store_connections\{state="idle"\} [1-9]/m);
  expect(body).toMatch(/^session_store_waiting 0$/m);
});

describe('does not start', () => {
  const expectRefused = async (change: (url: URL) => void, more: Environment, message: RegExp) => {
    const url = new URL(postgres.url);
    change(url);
    const opening = openApp(makeEnv({ SESSION_DATABASE_URL: url.href, SESSION_DATABASE_DEADLINE_MS: '5000', ...more }));
    const failure = await opening.then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure?.message).toMatch(message);
    expect(failure?.message).not.toContain('hunter2');
  };

  it('with a wrong password, and does not wait', async () => {
    const change = (url: URL) => {
      url.password = 'hunter2';
    };
    await expectRefused(change, { DATABASE_WAIT_SECONDS: '600' }, /password authentication failed/);
  });

  it('with a database that does not exist', async () => {
    const change = (url: URL) => {
      url.pathname = '/nowhere';
    };
    await expectRefused(change, {}, /nowhere.*(3D000|does not exist)/);
  });

  it('without a table where it may not make one, and says how to make it', async () => {
    await expectRefused(
      (url) => {
        url.pathname = '/template1';
      },
      { SESSION_DATABASE_MIGRATE: '0' },
      /The table statecraft_sessions does not exist.*SESSION_DATABASE_MIGRATE=1/,
    );
  });

  it.each([
    [{ SESSION_DATABASE_URL: 'mysql://127.0.0.1/app' }, 'SESSION_DATABASE_URL must be a URL of the form postgres://'],
    [{ DATABASE_URL: 'sqlite::memory:' }, 'SESSION_DATABASE_URL or DATABASE_URL must be a postgres:// URL'],
  ])('with %o', (env, problem) => {
    const read = () => readConfig({ NODE_ENV: 'test', SESSION_STORE: 'postgres', ...env });
    expect(read).toThrow(expect.objectContaining({ problems: [expect.stringContaining(problem)] }));
  });
});
