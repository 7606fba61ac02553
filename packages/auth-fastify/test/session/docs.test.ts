// docs/sessions.md: its examples are these files, and they run; its tables hold the options and defaults of the code.

import { readFileSync } from 'node:fs';
import { DEVICE_BOUND_DEFAULTS, SESSION_DEFAULTS } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import { DEVICE_ENDPOINT_DEFAULTS, SESSION_PLUGIN_DEFAULTS } from '../../src/index.ts';
import { browserOf } from './app.ts';
import { buildOnFastifySession, expressMiddleware } from './examples/adapters.ts';
import { buildShop } from './examples/shop.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const docs = read('../../../../docs/sessions.md');

it.each(['shop.ts', 'adapters.ts'])('shows %s as it is', (file) => {
  expect(docs).toContain(`\`\`\`ts\n${read(`examples/${file}`)}\`\`\``);
});

describe('the shop', () => {
  it('keeps the cart of a guest who signs in, and ends all sessions on request', async () => {
    const app = await buildShop();
    const [ask, other] = [browserOf(app), browserOf(app)];
    await ask('POST', '/cart');
    await ask('POST', '/login');
    await other('POST', '/login');
    expect((await ask('POST', '/cart')).json()).toEqual({ cart: ['tea', 'tea'] });
    expect((await ask('POST', '/logout-all')).json()).toEqual({ ended: 2 });
    expect((await other('GET', '/me')).statusCode).toBe(401);
  });
});

it('the adapters boot', async () => {
  const secret = 'x'.repeat(32);
  await (await buildOnFastifySession(secret)).ready();
  expect(expressMiddleware(secret)).toBeTypeOf('function');
});

it('names every option of deviceBound with its default', () => {
  const rows = [...docs.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, name, value]) => [name, value]);
  const defaults = Object.entries({ ...DEVICE_BOUND_DEFAULTS, ...DEVICE_ENDPOINT_DEFAULTS });
  expect(Object.fromEntries(rows)).toMatchObject(Object.fromEntries(defaults.map(([k, v]) => [k, String(v)])));
});

it('names every option with its default', () => {
  const rows = [...docs.matchAll(/^\| `([\w.]+)` \| (.*?) \|/gm)].map(([, name, value]) => [
    name,
    value?.replaceAll('`', ''),
  ]);
  const { cookie, ...defaults } = SESSION_PLUGIN_DEFAULTS;
  const flat = { ...defaults, ...Object.fromEntries(Object.entries(cookie).map(([k, v]) => [`cookie.${k}`, v])) };
  expect(Object.fromEntries(rows)).toMatchObject({
    ...Object.fromEntries(Object.entries(flat).map(([k, v]) => [k, Array.isArray(v) ? '[]' : String(v)])),
    idleMs: String(SESSION_DEFAULTS.idleMs),
    absoluteMs: String(SESSION_DEFAULTS.absoluteMs),
  });
});
