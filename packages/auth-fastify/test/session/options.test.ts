// What the plugin refuses at boot, and what it warns of.

import { createSessionStrategy } from '@statecraft/auth-core';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { type SessionPluginOptions, sessionPlugin } from '../../src/index.ts';
import { memory } from './app.ts';

const boot = (options: object) =>
  Fastify()
    .register(sessionPlugin, options as SessionPluginOptions)
    .ready()
    .then(
      () => 'boots',
      (error) => error.code,
    );

it.each([
  ['neither store nor strategy', {}],
  ['an unknown option', { store: memory(), secret: 'x'.repeat(32) }],
  ['an unknown cookie option', { store: memory(), cookie: { domain: 'shop.example' } }],
  ['a cookie without HttpOnly', { store: memory(), cookie: { httpOnly: false } }],
  ['secure: auto', { store: memory(), cookie: { secure: 'auto' } }],
  ['sameSite: none without TLS', { store: memory(), cookie: { secure: false, sameSite: 'none' } }],
  ['__Host- without TLS', { store: memory(), cookieName: '__Host-a', cookie: { secure: false } }],
  ['a cookie name with a space', { store: memory(), cookieName: 'a b' }],
  ['a maxAge in seconds', { store: memory(), cookie: { maxAge: 60 } }],
  ['an unknown sameSite', { store: memory(), cookie: { sameSite: 'maybe' } }],
  ['an unknown onConflict', { store: memory(), onConflict: 'ignore' }],
  ['a trusted origin with a path', { store: memory(), trustedOrigins: ['https://a.example/'] }],
  ['times beside a strategy', { strategy: createSessionStrategy({ store: memory() }), idleMs: 1000 }],
  ['an idle time of no sense', { store: memory(), idleMs: 0 }],
])('refuses %s', async (_name, options) => {
  expect(await boot(options)).toBe('ERR_OPTION_INVALID');
});

it('takes a strategy that is ready', async () => {
  const strategy = createSessionStrategy({ store: memory() });
  const app = Fastify();
  await app.register(sessionPlugin, { strategy });
  const { token } = await strategy.issue({ data: '{}' });
  expect(await app.sessions.authenticate(token)).toMatchObject({ principal: null });
});

it('takes what fastify.register takes', async () => {
  expect(await boot({ store: memory(), prefix: '/api', logLevel: 'warn' })).toBe('boots');
});

it('warns once that the cookie goes without TLS, and only then', async () => {
  const lines: string[] = [];
  const booted = async (secure: boolean) => {
    const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => void lines.push(line) } } });
    await app.register(sessionPlugin, { store: memory(), cookie: { secure } });
    await app.inject('/');
    await app.inject('/');
  };
  await booted(true);
  await booted(false);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('cookie.secure is false');
});
