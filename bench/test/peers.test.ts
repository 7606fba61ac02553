// Every server of the bench as a real process: the asking user's answer to the letter, and nobody's for a stranger. Ours
// are the built apps (npm test builds them first).

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from '../src/bench.ts';
import { checkPeople, isAnswered, mintTokens, signInPeople } from '../src/people.ts';
import { type BenchRedis, openRedis } from '../src/redis.ts';
import { startSide } from '../src/rounds.ts';
import { SIGN_INS } from '../src/sections/sign-ins.ts';
import { SIDES, type Side } from '../src/sides.ts';

let redis: BenchRedis;
beforeAll(async () => {
  redis = await openRedis();
});
afterAll(() => redis.stop());

const plan = { rounds: 1, people: 3, connections: 2, warmUpSeconds: 1, seconds: 1, slices: 2, quick: true };
const bench = (): Bench => ({ generator: 'wrk', plan, redis, say: () => undefined });

async function withSide<T>(side: Side, use: (url: string) => Promise<T>): Promise<T> {
  const server = await startSide(bench(), side);
  return use(server.url).finally(() => server.stop());
}

const OURS_WITHOUT_PASSWORDS = SIGN_INS.filter(({ group }) => group === 'ours').map((side) => ({
  ...side,
  name: `${side.name}, without passwords`,
  header: side.name === 'jwt' ? ('authorization' as const) : ('cookie' as const),
}));

describe.each([...SIDES.filter(({ signIn }) => signIn !== 'none'), ...OURS_WITHOUT_PASSWORDS])('$name', (side) => {
  it('answers each user as that user, and nobody else', async () => {
    const wrong = await withSide(side, async (url) => checkPeople(side, url, await signInPeople(side, url, 3)));
    expect(wrong).toEqual([]);
  }, 30_000);
});

describe('the look at every answer', () => {
  it('sees a user who is answered as another', async () => {
    const side = SIDES.find(({ name }) => name === 'hand-map') as Side;
    const wrong = await withSide(side, async (url) => {
      const [one, other, third] = await signInPeople(side, url, 3);
      if (!one || !other || !third) throw new Error('Three were to sign in.');
      return checkPeople(side, url, [{ ...one, credential: other.credential }, third]);
    });
    expect(wrong).toEqual([expect.stringMatching(/^user0000000 got 200 .*user0000001.*, and not .*user0000000/)]);
  }, 30_000);

  it('sees a server that lets anybody in', async () => {
    const side = SIDES.find(({ name }) => name === 'bare') as Side;
    const wrong = await withSide(side, (url) => checkPeople({ ...side, signIn: 'peer' }, url, []));
    expect(wrong).toEqual(['nobody got 200, and not 401', 'nobody got 200, and not 401']);
  }, 30_000);
});

it('mints tokens for jwt-fresh that the server accepts, each another one', async () => {
  const side = SIDES.find(({ name }) => name === 'jwt-fresh') as Side;
  await withSide(side, async (url) => {
    const [{ person } = { person: undefined }] = await signInPeople(side, url, 1);
    if (person === undefined) throw new Error('One was to sign in.');
    const tokens = mintTokens([person], 50);
    expect(new Set(tokens).size).toBe(50);
    expect(new Set(tokens.map(({ length }) => length)).size).toBe(1);
    const answered = await Promise.all(
      tokens.slice(0, 5).map((token) => isAnswered(url, person, { authorization: token })),
    );
    expect(answered).toEqual([true, true, true, true, true]);
  });
}, 30_000);
