// For any input, a step answers and throws nothing; a proof that was changed in any place is refused and changes
// nothing. The control in each run is the same proof without the change, on the same session: it is accepted. A failure
// prints the seed that repeats it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bind, KEY, openBound } from './device-fixture.ts';
import { createRsaKey, prove, proveFirst, type SoftwareKey, signParts } from './device-forge.ts';

const RSA = createRsaKey(2_048);
const REFUSED = { outcome: 'refused', code: 'ERR_DEVICE_PROOF_INVALID' };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** One change of a text, at a place between 0 and 1. */
interface Mutation {
  readonly kind: 'replace' | 'insert' | 'remove' | 'cut' | 'repeat' | 'exchange';
  readonly place: number;
  readonly text: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'cut', 'repeat', 'exchange'),
  place: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
  text: fc.oneof(fc.constantFrom(...ALPHABET), fc.constantFrom('.', '=', '+', '/', ' ', '\n', '\0', 'é', '"')),
});

function mutate(text: string, { kind, place, text: more }: Mutation): string {
  const index = Math.floor(place * text.length);
  const [before, after] = [text.slice(0, index), text.slice(index + 1)];
  switch (kind) {
    case 'replace':
      return before + more + after;
    case 'insert':
      return before + more + text.slice(index);
    case 'remove':
      return before + after;
    case 'cut':
      return before;
    case 'repeat':
      return before + text.slice(index) + text.slice(index);
    case 'exchange':
      return text.split('.').reverse().join('.');
  }
}

const key = fc.constantFrom<SoftwareKey>(KEY, RSA);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

it('register refuses every mutated proof, and accepts the proof as it was', async () => {
  await fc.assert(
    fc.asyncProperty(key, mutations, async (signer, changes) => {
      const { memory, device, signIn } = openBound();
      const { session } = await signIn();
      const proof = proveFirst(signer, device.readOffer(session) ?? '');
      const mutated = changes.reduce(mutate, proof);
      fc.pre(mutated !== proof);
      expect(await device.register(session, mutated)).toEqual(REFUSED);
      expect(memory.read(session.id)).toEqual(session);
      expect(await device.register(session, proof)).toMatchObject({ outcome: 'registered' });
    }),
    { numRuns: 500 },
  );
});

it('refresh refuses every mutated proof, and accepts the proof as it was', async () => {
  await fc.assert(
    fc.asyncProperty(key, mutations, async (signer, changes) => {
      const { memory, device, signIn } = openBound();
      const { session, bindingId, challenge } = await bind(device, (await signIn()).session, signer);
      const proof = prove(signer, challenge);
      const mutated = changes.reduce(mutate, proof);
      fc.pre(mutated !== proof);
      expect(await device.refresh(session, { bindingId, proof: mutated })).toEqual(REFUSED);
      expect(memory.read(session.id)).toEqual(session);
      expect(await device.refresh(session, { bindingId, proof })).toMatchObject({ outcome: 'refreshed' });
    }),
    { numRuns: 500 },
  );
});

const part = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));
const header = fc.oneof(
  part,
  fc.record(
    {
      typ: fc.oneof(fc.constant('dbsc+jwt'), fc.jsonValue()),
      alg: fc.oneof(fc.constantFrom('ES256', 'RS256'), fc.jsonValue()),
      jwk: fc.oneof(fc.constantFrom(KEY.jwk, RSA.jwk), fc.jsonValue()),
      crit: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);

it('any header and any claims with a good signature get an answer, and only the right ones bind', async () => {
  await fc.assert(
    fc.asyncProperty(
      header,
      fc.oneof(part, fc.record({ jti: fc.jsonValue(), key: fc.jsonValue() })),
      async (head, body) => {
        const { memory, device, signIn } = openBound();
        const { session } = await signIn();
        expect(await device.register(session, signParts(KEY, head, body))).toEqual(REFUSED);
        expect(memory.read(session.id)).toEqual(session);
        const bound = await bind(device, session);
        const proof = signParts(KEY, head, body);
        // A good proof for another challenge is what fc may find.
        const outcome = await device.refresh(bound.session, { bindingId: bound.bindingId, proof });
        expect([REFUSED, { outcome: 'challenged', challenge: bound.challenge }]).toContainEqual(outcome);
        expect(memory.read(session.id)).toEqual(bound.session);
      },
    ),
    { numRuns: 300 },
  );
});

it('any texts as proof, binding id and device token get an answer', async () => {
  const { strategy, device, signIn } = openBound();
  const { token, session: fresh } = await signIn();
  const { session, bindingId } = await bind(device, fresh);
  const text = fc.string({ unit: 'binary' });
  await fc.assert(
    fc.asyncProperty(text, text, async (proof, id) => {
      expect(await device.register(session, proof)).toEqual({ outcome: 'refused', code: 'ERR_DEVICE_ALREADY_BOUND' });
      expect(await device.refresh(session, { bindingId, proof })).toEqual(REFUSED);
      expect(await device.refresh(session, { bindingId: id, proof })).toEqual({ outcome: 'ended' });
      const outcome = await strategy.authenticate({ token: id, deviceToken: [proof, id] });
      expect(outcome).toEqual({ refused: 'ERR_SESSION_INVALID' });
      expect(await strategy.authenticate({ token, deviceToken: proof })).toMatchObject({ evidence: session });
    }),
  );
});
