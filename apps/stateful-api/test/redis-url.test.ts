// The forms of REDIS_URL.

import { describe, expect, it } from 'vitest';
import { describeAddress, parseRedisUrl } from '../src/redis-url.ts';

const LOCAL = { host: '127.0.0.1', port: 6379 };

it.each([
  ['redis://127.0.0.1:6379', { kind: 'server', tls: false, hosts: [LOCAL], db: 0 }],
  ['redis://127.0.0.1', { kind: 'server', tls: false, hosts: [LOCAL], db: 0 }],
  [
    'rediss://ada:p%40ss@redis.example.com:1/3',
    {
      kind: 'server',
      tls: true,
      hosts: [{ host: 'redis.example.com', port: 1 }],
      username: 'ada',
      password: 'p@ss',
      db: 3,
    },
  ],
  [
    'redis://:pass@[::1]:7/',
    { kind: 'server', tls: false, hosts: [{ host: '::1', port: 7 }], password: 'pass', db: 0 },
  ],
  [
    'redis-sentinel://:pass@a:1,b:2,c/sessions/4?sentinelUsername=s&sentinelPassword=p%26q',
    {
      kind: 'sentinel',
      tls: false,
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
        { host: 'c', port: 26379 },
      ],
      name: 'sessions',
      db: 4,
      password: 'pass',
      sentinelUsername: 's',
      sentinelPassword: 'p&q',
    },
  ],
  [
    'rediss-cluster://a:1,b',
    {
      kind: 'cluster',
      tls: true,
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 6379 },
      ],
      db: 0,
    },
  ],
])('reads %s', (text, address) => {
  expect(parseRedisUrl(text)).toEqual(address);
});

it.each([
  'http://a',
  'redis-sentinels://a/name',
  'redis://a,b',
  'redis://a:70000',
  'redis://a:0',
  'redis://a/x',
  'redis://a/1/2',
  'redis://a?x=1',
  'redis://%zz@a',
  'redis://a:b:c@d',
  'redis://',
  'redis-sentinel://a:1,b:2',
  'redis-sentinel://a:1,,b:2/name',
  'redis-sentinel://a/name?x=1',
  'redis-cluster://a/1',
  'redis-cluster://a?sentinelPassword=x',
])('refuses %s', (text) => {
  expect(parseRedisUrl(text)).toBeUndefined();
});

describe('a message about the address', () => {
  it.each([
    ['redis://ada:canary@[::1]:7', 'Redis at [::1]:7'],
    ['redis-sentinel://:canary@a:1,b/main?sentinelPassword=canary', 'Redis main of the Sentinels at a:1,b:26379'],
    ['redis-cluster://:canary@a:1,b:2', 'The Redis Cluster at a:1,b:2'],
  ])('names hosts, and no credentials: %s', (text, words) => {
    const address = parseRedisUrl(text);
    expect(address && describeAddress(address)).toBe(words);
  });
});
