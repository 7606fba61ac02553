import fastifyCookie, { Signer } from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import fc from 'fast-check';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { type CookieSigner, createSessionIdGenerator, signOnce, toSessionCallbackStore } from '../../src/compat.ts';

const SECRETS = ['a secret of the tests, longer than 32 bytes', 'an older secret of the tests, as long as that'];

/** What was signed by the library. */
function counted(secrets: readonly string[] = SECRETS) {
  const inner = new Signer([...secrets]);
  const asked: string[] = [];
  const sign = (value: string) => {
    asked.push(value);
    return inner.sign(value);
  };
  return { asked, signer: signOnce({ sign, unsign: (signed) => inner.unsign(signed) }) };
}

const [current = '', older = ''] = SECRETS;
const signedBy = (secret: string, value: string) => new Signer(secret).sign(value);

it('does not sign what it has just checked', () => {
  const { signer, asked } = counted();
  const signed = signedBy(current, 'id');
  signer.unsign(signed);
  expect(signer.sign('id')).toBe(signed);
  expect(asked).toEqual([]);
});

it('forgets a signature that was asked for', () => {
  const { signer, asked } = counted();
  signer.unsign(signedBy(current, 'id'));
  signer.sign('id');
  signer.sign('id');
  expect(asked).toEqual(['id']);
});

it.each([
  ['that was never checked', signedBy(current, 'another')],
  ['whose signature was false', `id.${'A'.repeat(43)}`],
  ['that an older secret signed', signedBy(older, 'id')],
])('signs what is wanted for an id %s', (_what, seen) => {
  const { signer } = counted();
  signer.unsign(seen);
  expect(signer.sign('id')).toBe(signedBy(current, 'id'));
});

it('leaves @fastify/session nothing to sign where a session was read', async () => {
  const { signer, asked } = counted();
  const app = Fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret: signer,
    cookie: { secure: false },
    saveUninitialized: false,
    idGenerator: createSessionIdGenerator(),
    store: toSessionCallbackStore(createMemoryStore()),
  });
  app.get('/begin', (request) => {
    Reflect.set(request.session, 'user', 'ada');
    return {};
  });
  app.get('/me', ({ session }) => ({ user: Reflect.get(session, 'user') }));
  const [cookie] = (await app.inject('/begin')).cookies;
  asked.length = 0;
  const answer = await app.inject({ url: '/me', cookies: { [cookie?.name ?? '']: cookie?.value ?? '' } });
  expect(answer.json()).toEqual({ user: 'ada' });
  expect(asked).toEqual([]);
  await app.close();
});

it('answers as the signer inside it, for any calls in any order', () => {
  const value = fc.constantFrom('a', 'b', 'ä', '', 'a.b');
  const signed = fc.oneof(
    fc.tuple(fc.constantFrom(...SECRETS, 'an unknown secret'), value).map(([secret, text]) => signedBy(secret, text)),
    fc.tuple(value, fc.string()).map(([text, signature]) => `${text}.${signature}`),
  );
  const step = fc.oneof(
    value.map((text) => (signer: CookieSigner) => signer.sign(text)),
    signed.map((text) => (signer: CookieSigner) => signer.unsign(text)),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const plain = new Signer([...SECRETS]);
      const { signer } = counted();
      for (const one of steps) expect(one(signer)).toEqual(one(plain));
    }),
  );
});
