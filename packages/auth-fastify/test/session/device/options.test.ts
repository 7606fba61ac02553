// What deviceBound refuses at startup.

import { createSessionStrategy } from '@statecraft/auth-core';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { type SessionPluginOptions, sessionPlugin } from '../../../src/index.ts';
import { memory } from '../app.ts';

const boot = (options: object, prefix = '') =>
  Fastify()
    .register((part) => part.register(sessionPlugin, options as SessionPluginOptions), { prefix })
    .ready()
    .then(
      () => 'boots',
      (error) => error.code,
    );
const withStore = (deviceBound: unknown, more: object = {}) => ({ store: memory(), deviceBound, ...more });
const { replaceDetails: _without, ...oldStore } = memory();

it.each([
  ['true', withStore(true)],
  ['false', withStore(false)],
  ['an object', withStore({})],
  [
    'paths, a lifetime and onEvent',
    withStore({ registerPath: '/a', refreshPath: '/b', lifetimeMs: 240_000, onEvent() {} }),
  ],
  ['a short lifetime for a test', withStore({ lifetimeMs: 1000, allowShortLifetime: true })],
  ['a strategy that has it', { strategy: createSessionStrategy({ store: memory(), deviceBound: {} }) }],
  [
    'true beside such a strategy',
    { strategy: createSessionStrategy({ store: memory(), deviceBound: {} }), deviceBound: true },
  ],
  ['false beside a strategy without it', { strategy: createSessionStrategy({ store: memory() }), deviceBound: false }],
])('takes %s', async (_name, options) => {
  expect(await boot(options)).toBe('boots');
});

it.each([
  ['a text', withStore('yes')],
  ['null', withStore(null)],
  ['a list', withStore([])],
  ['an unknown name', withStore({ lifetime: 300_000 })],
  ['a lifetime under 4 minutes', withStore({ lifetimeMs: 60_000 })],
  ['a path without a slash', withStore({ registerPath: 'device' })],
  ['a path with a parameter', withStore({ registerPath: '/:device' })],
  ['a path with a query', withStore({ refreshPath: '/device?a' })],
  ['a path with dots', withStore({ refreshPath: '/a/../b' })],
  ['a path that is no text', withStore({ refreshPath: 7 })],
  ['one path for both', withStore({ registerPath: '/a', refreshPath: '/a' })],
  ['an onEvent that is no function', withStore({ onEvent: 'log' })],
  ['a cookie without TLS', withStore(true, { cookie: { secure: false } })],
  ['a partitioned cookie', withStore(true, { cookie: { partitioned: true } })],
  ['a store without replaceDetails', { store: oldStore, deviceBound: true }],
  [
    'a lifetime beside a strategy',
    { strategy: createSessionStrategy({ store: memory(), deviceBound: {} }), deviceBound: { lifetimeMs: 300_000 } },
  ],
  ['true beside a strategy without it', { strategy: createSessionStrategy({ store: memory() }), deviceBound: true }],
  ['paths beside a strategy without it', { strategy: createSessionStrategy({ store: memory() }), deviceBound: {} }],
  [
    'false beside a strategy that has it',
    { strategy: createSessionStrategy({ store: memory(), deviceBound: {} }), deviceBound: false },
  ],
])('refuses %s', async (_name, options) => {
  expect(await boot(options)).toBe('ERR_OPTION_INVALID');
});

it('refuses a prefix with a parameter, in which no relative path is known', async () => {
  expect(await boot(withStore(true), '/:tenant')).toBe('ERR_OPTION_INVALID');
  expect(await boot(withStore(true), '/api')).toBe('boots');
});
