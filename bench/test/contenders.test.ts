// Every contender as a real process: the proof that all of them do the same work. A request with a credential is
// answered with its user; one without a credential, or with an altered one, is refused.

import { type FoundRedis, findOrStartRedis } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENDERS, type Contender } from '../src/contenders.ts';
import { measureContender, withServer } from '../src/measure.ts';
import { alterCredential, createHeaderSource, findWrongAnswers, type SignedIn, signInUsers } from '../src/users.ts';

let redis: FoundRedis | undefined;
beforeAll(async () => {
  redis = await findOrStartRedis();
});
afterAll(() => redis?.stop());

function findContender(name: string): Contender {
  const found = CONTENDERS.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`No contender is named ${name}.`);
  return found;
}

function withUsers<T>(contender: Contender, use: (url: string, users: SignedIn[]) => Promise<T>): Promise<T> {
  return withServer(contender, redis?.url, async (url) => use(url, await signInUsers(contender, url, 3)));
}

/** On a busy machine, better-auth takes some ten seconds to start. */
const PATIENCE_MS = 90_000;

describe.each(CONTENDERS.filter(({ credential }) => credential !== 'none'))('$name', (contender) => {
  it(
    'answers each of three users as that user and refuses a missing and an altered credential',
    async () => {
      const wrong = await withUsers(contender, (url, users) => findWrongAnswers(contender, url, users));
      expect(wrong).toEqual([]);
    },
    PATIENCE_MS,
  );
});

it('finds a user who is answered as another', async () => {
  const contender = findContender('hand-get');
  const wrong = await withUsers(contender, (url, users) => {
    const [first, second, third] = users as [SignedIn, SignedIn, SignedIn];
    return findWrongAnswers(contender, url, [{ ...first, header: second.header }, third]);
  });
  expect(wrong).toEqual([expect.stringMatching(/^user10000 got 200 .*user10001.* instead of .*user10000/)]);
});

it('finds a server that answers without a credential', async () => {
  const bare = findContender('bare');
  const wrong = await withServer(bare, undefined, (url) => findWrongAnswers(bare, url, []));
  expect(wrong).toEqual(['A request with no credential got 200']);
});

it('alters the character in the middle of a credential', () => {
  expect(alterCredential('cookie: session=abcdefg; other=xyz\r\n')).toBe('cookie: session=abcAefg; other=xyz\r\n');
  expect(alterCredential('authorization: Bearer AAA\r\n')).toBe('authorization: Bearer ABA\r\n');
});

it('gives every request of jwt-new a new token that the server accepts', async () => {
  const contender = findContender('jwt-new');
  await withUsers(contender, async (url, users) => {
    const nextHeader = createHeaderSource(contender, users);
    const fresh = users.map(({ user }) => ({ user, header: nextHeader() }));
    const shown = [...users, ...fresh].map(({ header }) => header);
    expect(new Set(shown).size).toBe(6);
    expect(await findWrongAnswers(contender, url, fresh)).toEqual([]);
  });
});

it.runIf(process.platform === 'linux')('measures processor time, throughput and latency of one contender', async () => {
  const plan = { users: 2, connections: 2, warmUpSeconds: 0.01, seconds: 0.05 };
  const sample = await measureContender(findContender('memory'), undefined, plan);
  const answers = sample.latencies.reduce((sum, count) => sum + count, 0);
  expect(answers).toBeGreaterThan(0);
  expect(sample.requestsPerSecond).toBeGreaterThan(0);
});
