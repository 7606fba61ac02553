// How many tokens a second either engine of the JWT plugin signs and verifies: no HTTP, closed loop, one process.
//
//   node --conditions=@statecraft/source packages/auth-fastify/bench/jwt.ts [--quick]
//
// Every round runs all sides once, in random order, so that a slow moment of the machine hits all of them. `native again` is
// native against itself: where its ratio is as far from 1 as that of another side, there is no difference to speak of.

import { cpus } from 'node:os';
import { generateJwtKeys, type JwtStrategy, parseJwtKeys } from '@statecraft/auth-core';
import fastify from 'fastify';
import { type JwtPluginOptions, jwtPlugin } from '../src/jwt/plugin.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 9 : 31;
const ROUND_MS = quick ? 25 : 100;
const USERS = 1000;

const KEYS = {
  HS256: { secret: 'a secret of the bench, which is longer than 32 bytes' },
  EdDSA: parseJwtKeys(generateJwtKeys()),
};

const SIDES = { native: 'native', 'native again': 'native', 'fastify-jwt': 'fastify-jwt' } as const;

interface Side {
  readonly name: string;
  readonly call: (at: number) => unknown;
  readonly rates: number[];
}

const subject = (at: number) => ({ userId: `user-${at}`, username: `user${at}`, roles: ['reader', 'writer'] });

async function tokensOf(engine: 'native' | 'fastify-jwt', keys: JwtPluginOptions['keys']): Promise<JwtStrategy> {
  const app = fastify();
  await app.register(jwtPlugin, { issuer: 'https://issuer.example', audience: 'https://api.example', keys, engine });
  return app.tokens;
}

async function sidesOf(keys: JwtPluginOptions['keys'], action: 'issue' | 'authenticate'): Promise<Side[]> {
  const strategies = await Promise.all(Object.values(SIDES).map((engine) => tokensOf(engine, keys)));
  return Object.keys(SIDES).map((name, side) => {
    const strategy = strategies[side] as JwtStrategy;
    const tokens = Array.from({ length: USERS }, (_, at) => strategy.issue(subject(at)).accessToken);
    const issue = (at: number) => strategy.issue(subject(at % USERS));
    const authenticate = (at: number) => strategy.authenticate(tokens[at % USERS] ?? '');
    return { name, call: action === 'issue' ? issue : authenticate, rates: [] };
  });
}

/** Calls per second of processor time over one round: what other processes take from the machine does not count. */
function rate(call: (at: number) => unknown): number {
  const { user, system } = process.cpuUsage();
  const begin = performance.now();
  let calls = 0;
  while (performance.now() - begin < ROUND_MS) {
    for (let more = 0; more < 64; more += 1) call(calls + more);
    calls += 64;
  }
  const spent = process.cpuUsage({ user, system });
  return (calls * 1e6) / (spent.user + spent.system);
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

function measure(sides: readonly Side[]): void {
  for (const side of sides) rate(side.call);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of shuffled(sides)) side.rates.push(rate(side.call));
  }
}

function print(title: string, sides: readonly Side[]): void {
  const base = sides[0]?.rates ?? [];
  for (const { name, rates } of sides) {
    const ratios = rates.map((value, round) => value / (base[round] ?? Number.NaN));
    const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(ratios, share).toFixed(2));
    const perSecond = Math.round(quantile(rates, 0.5)).toLocaleString('en');
    console.log(`| ${title} | ${name} | ${perSecond} | ${middle} | ${low} to ${high} |`);
  }
}

console.log(
  `node ${process.version}, ${cpus()[0]?.model}, ${ROUNDS} rounds of ${ROUND_MS} ms per side, ${USERS} tokens`,
);
console.log(
  '| | engine | tokens per CPU second, median | of native | 10th to 90th percentile |\n|---|---|--:|--:|--:|',
);
for (const [alg, keys] of Object.entries(KEYS)) {
  for (const action of ['authenticate', 'issue'] as const) {
    const sides = await sidesOf(keys, action);
    measure(sides);
    print(`${alg} ${action}`, sides);
  }
}
