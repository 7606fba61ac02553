// 6. Repair a session server with five holes.

import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import { type Answer, expectStatus, listen, type Server } from '../visitor.ts';

interface Options {
  readonly users: ReadonlyMap<string, string>;
  now(): number;
  checkStock(sku: string): Promise<void>;
}

type Build = (options: Options) => FastifyInstance | Promise<FastifyInstance>;

const SESSION_MS = 30 * 60_000;
const READ = 'examples/by-hand/README.md';

export const repairSessions: Exercise = {
  name: '06-repair-sessions',
  title: 'Repair a session server with five holes',
  minutes: 60,
  hints: [
    'Go through the life of a session: who chooses its id, when does it end, and what happens to it at sign-out?',
    'An attacker may plant a cookie before sign-in. An id needs 128 random bits from node:crypto. Deleting a cookie deletes no session.',
    'For the cart: do not keep what you read before an await. Read, change and write after it, without an await in between.',
  ],
  learned: 'Each hole is in real applications. A library that is tested against them is the shorter way.',

  async check(folder) {
    const { buildServer } = await loadFunctions<{ buildServer: Build }>(folder, 'server.ts', ['buildServer']);
    const shop = createShop(buildServer);
    await checkWalk(shop);
    await checkFixation(shop);
    await checkExpiry(shop);
    await checkIds(shop);
    await checkSignOut(shop);
    await checkCart(shop);
    await checkStockAsked(shop);
  },
};

interface User {
  readonly username: string;
  readonly password: string;
}

interface Shop {
  readonly ada: User;
  readonly mallory: User;
  open(options?: Partial<Options>): Promise<Server>;
}

function createUser(name: string): User {
  return { username: `${name}-${randomBytes(3).toString('hex')}`, password: randomBytes(8).toString('hex') };
}

function createShop(build: Build): Shop {
  const [ada, mallory] = [createUser('ada'), createUser('mallory')];
  const users = new Map([ada, mallory].map(({ username, password }) => [username, password]));
  const defaults: Options = { users, now: () => 1_800_000_000_000, checkStock: async () => {} };
  return { ada, mallory, open: async (options = {}) => listen(await build({ ...defaults, ...options })) };
}

async function signIn(server: Server, user: User, cookie?: string): Promise<string> {
  const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
  const answer = await server.send('POST', '/login', { body: user, headers });
  expectStatus(answer, 200, {
    expected: '200 and a cookie',
    why: 'Name and password are right. A repaired server still has to serve its users.',
    read: READ,
  });
  // A server that sets no new cookie keeps the one that came.
  return answer.setCookie?.split(';')[0] ?? cookie ?? '';
}

const ask = (server: Server, cookie: string): Promise<Answer> => server.send('GET', '/me', { headers: { cookie } });

async function checkWalk(shop: Shop): Promise<void> {
  await using server = await shop.open();
  const answer = await ask(server, await signIn(server, shop.ada));
  expectThat(answer.status === 200 && answer.text.includes(shop.ada.username), {
    did: 'GET /me with the cookie of the sign-in',
    saw: `${answer.status} ${answer.text}`,
    expected: `200 and the name ${shop.ada.username}`,
    why: 'A repaired server still has to serve its users.',
    read: READ,
  });
}

async function checkFixation(shop: Shop): Promise<void> {
  await using server = await shop.open();
  const own = await signIn(server, shop.mallory);
  const [name] = own.split('=');
  const planted = `${name}=${randomBytes(16).toString('hex')}`;
  await signIn(server, shop.ada, planted);
  expectStatus(await ask(server, planted), 401, {
    did: 'GET /me with a cookie that an attacker had planted in the browser before the sign-in',
    expected: '401',
    why: 'Session fixation (CWE-384): the attacker knows the id, and is signed in as the user.',
    read: READ,
  });
  await signIn(server, shop.ada, own);
  const { status, text } = await ask(server, own);
  expectThat(!text.includes(shop.ada.username), {
    did: 'GET /me with the cookie of an attacker, who had planted it in the browser before the sign-in of ada',
    saw: `${status} ${text}`,
    expected: '401, or still the attacker: never ada',
    why: 'Session fixation (CWE-384): an id that the server made is as dangerous. Every sign-in needs a new one.',
    read: READ,
  });
}

async function checkExpiry(shop: Shop): Promise<void> {
  let time = 1_800_000_000_000;
  await using server = await shop.open({ now: () => time });
  const cookie = await signIn(server, shop.ada);
  time += SESSION_MS - 1;
  expectStatus(await ask(server, cookie), 200, {
    did: 'GET /me, 1 ms before the session ends',
    expected: '200',
    why: 'A session lives for 30 minutes from sign-in.',
    read: READ,
  });
  time += 1;
  expectStatus(await ask(server, cookie), 401, {
    did: 'GET /me, 30 minutes after sign-in',
    expected: '401',
    why: 'A session without an end is a session that a thief has for ever.',
    read: READ,
  });
  expectStatus(await server.send('GET', '/cart', { headers: { cookie } }), 401, {
    did: 'GET /cart, 30 minutes after sign-in',
    expected: '401, as for GET /me',
    why: 'One route that does not check the end is enough for a thief. Check it in one place, for all routes.',
    read: READ,
  });
}

/**
 * Two servers that begin alike must not give the same ids: neither a counter, nor the time, nor Math.random is secret.
 */
async function checkIds(shop: Shop): Promise<void> {
  const { random } = Math;
  Math.random = () => 0.5;
  try {
    await using first = await shop.open();
    await using second = await shop.open();
    const [one, other] = [await signIn(first, shop.ada), await signIn(second, shop.ada)];
    expectThat(one !== other, {
      did: 'POST /login at two servers that started in the same moment, with a known Math.random',
      saw: `the same cookie from both: ${one}`,
      expected: 'ids that have nothing to do with each other',
      why: 'Who can compute an id can take the session over. Only node:crypto makes numbers that cannot be predicted.',
      read: READ,
    });
    const id = one.replace(/^[^=]*=/, '');
    expectThat(id.length >= 22, {
      did: 'POST /login',
      saw: `an id of ${id.length} characters`,
      expected: '128 random bits: at least 22 characters of base64url, or 32 of hex',
      why: 'A short id can be found by trying (ASVS 7.2.3).',
      read: READ,
    });
  } finally {
    Math.random = random;
  }
}

async function checkSignOut(shop: Shop): Promise<void> {
  await using server = await shop.open();
  const cookie = await signIn(server, shop.ada);
  await server.send('POST', '/logout', { headers: { cookie } });
  expectStatus(await ask(server, cookie), 401, {
    did: 'GET /me with a copy of the cookie, after sign-out',
    expected: '401',
    why: 'Sign-out must end the session at the server. The browser is not the only one that has the cookie.',
    read: READ,
  });
}

/** Both requests are held in checkStock until both are there: the interleaving is forced. */
async function checkCart(shop: Shop): Promise<void> {
  const waiting: (() => void)[] = [];
  const checkStock = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 2) for (const go of waiting) go();
      // A server that lets one request after the other into the cart must not wait for ever.
      else setTimeout(resolve, 300);
    });
  await using server = await shop.open({ checkStock });
  const headers = { cookie: await signIn(server, shop.ada) };
  await Promise.all(['tea', 'milk'].map((sku) => server.send('POST', '/cart', { headers, body: { sku } })));
  const { status, text } = await server.send('GET', '/cart', { headers });
  expectThat(text.includes('tea') && text.includes('milk'), {
    did: 'POST /cart with tea and with milk at the same time, then GET /cart',
    saw: `${status} ${text}`,
    expected: 'a cart with both',
    why: 'Lost update: both requests read the same cart, and the second one to write removes what the first one wrote.',
    read: 'docs/lab.md',
  });
}

/** A server that no longer asks for the stock, or does not wait for the answer, has no race and is not repaired. */
async function checkStockAsked(shop: Shop): Promise<void> {
  const checkStock = () => Promise.reject(new Error('sold out'));
  await using server = await shop.open({ checkStock });
  const headers = { cookie: await signIn(server, shop.ada) };
  await server.send('POST', '/cart', { headers, body: { sku: 'tea' } });
  const { status, text } = await server.send('GET', '/cart', { headers });
  expectThat(status === 200 && !text.includes('tea'), {
    did: 'POST /cart with tea, while checkStock says that it is sold out; then GET /cart',
    saw: `${status} ${text}`,
    expected: '200 and a cart without tea',
    why: 'A repaired server still has to do its work: an article goes into the cart after checkStock has found it.',
    read: READ,
  });
}
