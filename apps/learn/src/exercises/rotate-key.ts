// 11. Rotate a signing key under load, without a false 401.

import { randomBytes, randomInt } from 'node:crypto';
import { jwtPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { type Exercise, ExerciseFailure, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import { listen, type Server } from '../visitor.ts';

/** Restart a server with these secrets, the first of which signs; or wait. */
type Step = { readonly server: 'a' | 'b'; readonly secrets: readonly string[] } | { readonly waitSeconds: number };
type Plan = (former: string, next: string, ttlSeconds: number) => readonly Step[];

const READ = 'docs/tokens.md';

export const rotateKey: Exercise = {
  name: '11-rotate-a-key',
  title: 'Rotate a signing key under load',
  minutes: 40,
  hints: [
    'Which server must accept a token before any server may sign one?',
    'Three phases for both servers: accept both keys; sign with the new one; drop the old one. When is it no longer in use?',
    'a and b: [former, next]; then a and b: [next, former]; wait for the lifetime of a token; then a and b: [next].',
  ],
  learned: 'Expand, switch, wait, contract: the same order as for a change of a database schema.',

  async check(folder) {
    const { planRotation } = await loadFunctions<{ planRotation: Plan }>(folder, 'plan.ts', ['planRotation']);
    const [former, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    // Another one each time: a plan with a number of its own fails.
    const ttlSeconds = randomInt(1_000, 3_600);
    await using fleet = await openFleet(former, ttlSeconds);
    await fleet.ask('at the beginning');
    let finished: Readonly<Record<'a' | 'b', readonly string[]>> = { a: [former], b: [former] };
    for (const step of readPlan(planRotation(former, next, ttlSeconds))) {
      if ('waitSeconds' in step) fleet.wait(step.waitSeconds);
      else {
        await fleet.restart(step.server, step.secrets);
        finished = { ...finished, [step.server]: step.secrets };
      }
      await fleet.ask(describeStep(step, former));
    }
    checkEnd(finished, former, next);
  },
};

/** @throws ExerciseFailure for the first step that is neither a restart nor a wait */
function readPlan(plan: unknown): readonly Step[] {
  const steps: readonly unknown[] = Array.isArray(plan) ? plan : [plan];
  const wrong = steps.find((step) => !isStep(step));
  expectThat(Array.isArray(plan) && wrong === undefined, {
    did: 'planRotation(former, next, ttlSeconds)',
    saw: Array.isArray(plan) ? `the step ${JSON.stringify(wrong)}` : `${JSON.stringify(plan)}, which is not a list`,
    expected: "a list of { server: 'a' or 'b', secrets: […] } and { waitSeconds: a number from 0 }",
    why: 'Each step is done on the servers as it is written.',
    read: 'exercises/11-rotate-a-key/README.md',
  });
  return plan;
}

function isStep(step: unknown): step is Step {
  const { server, secrets, waitSeconds } = (step ?? {}) as Record<string, unknown>;
  if (waitSeconds !== undefined) return Number.isFinite(waitSeconds) && Number(waitSeconds) >= 0;
  return (server === 'a' || server === 'b') && Array.isArray(secrets) && secrets.length > 0;
}

const describeStep = (step: Step, former: string): string =>
  'waitSeconds' in step
    ? `after a wait of ${step.waitSeconds} s`
    : `after server ${step.server} was started with [${step.secrets.map((secret) => (secret === former ? 'former' : 'next')).join(', ')}]`;

/** Two servers, and users who ask both of them at every step. */
async function openFleet(secret: string, ttlSeconds: number) {
  let time = 1_800_000_000_000;
  const tokens: { readonly token: string; readonly from: string; readonly expiresAt: number }[] = [];

  async function open(secrets: readonly string[]): Promise<Server> {
    const app = Fastify();
    const keys = { secret: [...secrets] };
    await app.register(jwtPlugin, {
      ...{ issuer: 'https://shop.example', audience: 'shop', keys, ttlSeconds, clock: () => time },
    });
    app.post('/login', () => app.tokens.issue({ userId: 'u1', username: 'ada', roles: [] }));
    app.get('/me', { onRequest: app.requirePrincipal }, () => ({ ok: true }));
    return listen(app).catch((error: Error) => {
      throw new ExerciseFailure({
        did: `start a server with ${secrets.length} secrets`,
        saw: error.message,
        expected: 'a server that starts',
        why: 'A rotation that stops a server is an outage.',
        read: READ,
      });
    });
  }

  const servers = { a: await open([secret]), b: await open([secret]) };

  async function signIn(from: 'a' | 'b'): Promise<void> {
    const { text } = await servers[from].send('POST', '/login', { body: {} });
    tokens.push({ token: JSON.parse(text).accessToken, from, expiresAt: time + ttlSeconds * 1000 });
  }

  return {
    wait(seconds: number): void {
      time += seconds * 1000;
    },

    async restart(name: 'a' | 'b', secrets: readonly string[]): Promise<void> {
      await servers[name][Symbol.asyncDispose]();
      servers[name] = await open(secrets);
    },

    /** A user signs in at each server; then every token that has not expired is sent to both. */
    async ask(when: string): Promise<void> {
      await signIn('a');
      await signIn('b');
      for (const { token, from } of tokens.filter(({ expiresAt }) => time < expiresAt)) {
        for (const name of ['a', 'b'] as const) {
          const { status } = await servers[name].send('GET', '/me', { headers: { authorization: `Bearer ${token}` } });
          expectThat(status === 200, {
            did: `GET /me at server ${name}, ${when}, with a token from server ${from}`,
            saw: String(status),
            expected: '200: the token has not expired',
            why: 'A false 401 signs a user out. With requests in turn, every token meets every server.',
            read: READ,
          });
        }
      }
    },

    async [Symbol.asyncDispose](): Promise<void> {
      await servers.a[Symbol.asyncDispose]();
      await servers.b[Symbol.asyncDispose]();
    },
  };
}

function checkEnd(finished: Readonly<Record<string, readonly string[]>>, former: string, next: string): void {
  for (const [server, secrets] of Object.entries(finished)) {
    expectThat(secrets.length === 1 && secrets[0] === next, {
      did: `the end of the plan, server ${server}`,
      saw: `it accepts ${secrets.length === 1 ? (secrets[0] === former ? 'the former key' : 'another key') : `${secrets.length} keys`}`,
      expected: 'only the new key',
      why: 'A key that is still accepted can still be used by who has stolen it. That is why you rotate.',
      read: READ,
    });
  }
}
