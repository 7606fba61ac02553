// 7. Repair a token server with five holes.

import crypto, { createHmac, randomBytes, webcrypto } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import { type Answer, expectStatus, listen, type Server } from '../visitor.ts';

interface Options {
  readonly users: ReadonlyMap<string, string>;
  readonly secret: string;
  now(): number;
}

type Build = (options: Options) => FastifyInstance | Promise<FastifyInstance>;

const TOKEN_MS = 15 * 60_000;
const START = 1_800_000_000_000;
const READ = 'docs/tokens.md';

export const repairTokens: Exercise = {
  name: '07-repair-tokens',
  title: 'Repair a token server with five holes',
  minutes: 60,
  hints: [
    'Who writes the header of a token, and should the server believe it?',
    'A token says for whom it was made (aud) and until when (exp, in seconds). The server must check both. Where does the secret come from?',
    'Accept HS256 only, whatever the header says. Compare with timingSafeEqual, after you have compared the lengths.',
  ],
  learned: 'A signature is only as good as everything around it: key, algorithm, audience, expiry and comparison.',

  async check(folder) {
    const timing = countComparisons();
    const { buildServer } = await loadFunctions<{ buildServer: Build }>(folder, 'server.ts', ['buildServer']);
    const shop = createShop(buildServer);
    await checkWalk(shop);
    await checkAlgorithm(shop);
    await checkExpiry(shop);
    await checkAudience(shop);
    await checkSecret(shop);
    await checkComparison(shop, timing);
  },
};

interface Shop {
  readonly ada: { readonly username: string; readonly password: string };
  readonly secret: string;
  open(options?: Partial<Options>): Promise<Server>;
}

/**
 * Counts calls of timingSafeEqual, also by code that imports it by name, and of subtle.verify, which compares as
 * safely.
 */
function countComparisons(): { count: number } {
  const counter = { count: 0 };
  const { timingSafeEqual } = crypto;
  crypto.timingSafeEqual = (a, b) => {
    counter.count += 1;
    return timingSafeEqual(a, b);
  };
  syncBuiltinESMExports();
  const { verify } = webcrypto.subtle;
  webcrypto.subtle.verify = (...given: Parameters<typeof verify>) => {
    counter.count += 1;
    return verify.apply(webcrypto.subtle, given);
  };
  return counter;
}

function createShop(build: Build): Shop {
  const ada = { username: `ada-${randomBytes(3).toString('hex')}`, password: randomBytes(8).toString('hex') };
  const secret = randomBytes(32).toString('hex');
  const defaults: Options = { users: new Map([[ada.username, ada.password]]), secret, now: () => START };
  return { ada, secret, open: async (options = {}) => listen(await build({ ...defaults, ...options })) };
}

async function signIn(server: Server, { ada }: Shop): Promise<string> {
  const answer = await server.send('POST', '/login', { body: ada });
  expectStatus(answer, 200, {
    expected: '200 and {"token": "…"}',
    why: 'Name and password are right. A repaired server still has to serve its users.',
    read: READ,
  });
  return JSON.parse(answer.text).token;
}

const ask = (server: Server, token: string): Promise<Answer> =>
  server.send('GET', '/me', { headers: { authorization: `Bearer ${token}` } });

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());

function sign(header: object, claims: object, secret: string): string {
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

async function checkWalk(shop: Shop): Promise<void> {
  await using server = await shop.open();
  const answer = await ask(server, await signIn(server, shop));
  expectThat(answer.status === 200 && answer.text.includes(shop.ada.username), {
    did: 'GET /me with the token of the sign-in',
    saw: `${answer.status} ${answer.text}`,
    expected: `200 and the name ${shop.ada.username}`,
    why: 'A repaired server still has to serve its users.',
    read: READ,
  });
}

async function checkAlgorithm(shop: Shop): Promise<void> {
  await using server = await shop.open();
  const [, claims = ''] = (await signIn(server, shop)).split('.');
  const forged = encode({ ...decode(claims), sub: 'admin' });
  for (const alg of ['none', 'None', 'NONE', 'RS256', 'anything']) {
    expectStatus(await ask(server, `${encode({ alg, typ: 'JWT' })}.${forged}.`), 401, {
      did: `GET /me with a token without a signature: {"alg":"${alg}"}, and the claims of admin`,
      expected: '401',
      why: 'The attacker writes the header. A server that takes the algorithm from it accepts what was never signed (RFC 8725, 3.1).',
      read: READ,
    });
  }
}

async function checkExpiry(shop: Shop): Promise<void> {
  let time = START;
  await using server = await shop.open({ now: () => time });
  const token = await signIn(server, shop);
  time += TOKEN_MS - 1000;
  expectStatus(await ask(server, token), 200, {
    did: 'GET /me, 1 s before the token expires',
    expected: '200',
    why: 'A token lives for 15 minutes.',
    read: READ,
  });
  time += 1000;
  expectStatus(await ask(server, token), 401, {
    did: 'GET /me, 15 minutes after sign-in',
    expected: '401',
    why: 'A token cannot be called back. Its expiry is the only thing that ends it (RFC 7519, 4.1.4).',
    read: READ,
  });
  const [header = '', claims = ''] = token.split('.');
  const { sub, aud } = decode(claims);
  expectStatus(await ask(server, sign(decode(header), { sub, aud }, shop.secret)), 401, {
    did: 'GET /me with a token that has no time in it, signed with the same secret',
    expected: '401',
    why: 'A check that is left out when the claim is missing is no check: such a token would never end.',
    read: READ,
  });
}

async function checkAudience(shop: Shop): Promise<void> {
  await using server = await shop.open();
  const [header = '', claims = ''] = (await signIn(server, shop)).split('.');
  const own = decode(claims);
  const others = [
    ['of another service', { ...own, aud: 'newsletter' }],
    ['without an audience', { ...own, aud: undefined }],
  ] as const;
  for (const [which, changed] of others) {
    expectStatus(await ask(server, sign(decode(header), changed, shop.secret)), 401, {
      did: `GET /me with a token ${which}, signed with the same secret`,
      expected: '401',
      why: 'A link in a newsletter is signed with this secret, too. It must not sign its reader in (RFC 7519, 4.1.3).',
      read: READ,
    });
  }
}

async function checkSecret(shop: Shop): Promise<void> {
  await using server = await shop.open();
  await using other = await shop.open({ secret: randomBytes(32).toString('hex') });
  expectStatus(await ask(other, await signIn(server, shop)), 401, {
    did: 'GET /me with a token of a server that has another secret',
    expected: '401',
    why: 'Both servers use the same secret, although they were given different ones: it is in the source, for all to read.',
    read: READ,
  });
}

async function checkComparison(shop: Shop, timing: { count: number }): Promise<void> {
  await using server = await shop.open();
  const token = await signIn(server, shop);
  timing.count = 0;
  await ask(server, token);
  expectThat(timing.count > 0, {
    did: 'GET /me with a valid token',
    saw: 'neither timingSafeEqual nor subtle.verify was called',
    expected: 'the signatures compared by timingSafeEqual (or subtle.verify) of node:crypto',
    why: '=== stops at the first difference. The time of the answer then tells how much of a guess is right.',
    read: READ,
  });
  // A signature of another length must not become a 500: timingSafeEqual throws for it.
  expectStatus(await ask(server, token.slice(0, -5)), 401, {
    did: 'GET /me with a signature that is cut short',
    expected: '401',
    why: 'timingSafeEqual throws if the lengths differ.',
    read: READ,
  });
}
