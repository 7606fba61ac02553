// Proofs, one change at a time, at registration and at a refresh. Each attack has a control beside it that is made in
// the same way without the change, and is accepted. Nothing is thrown, and a refused proof changes nothing.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_PROOF_LENGTH } from '../src/device/proof.ts';
import { bind, KEY, openBound } from './device-fixture.ts';
import {
  createEcKey,
  createRsaKey,
  encodePart,
  prove,
  proveFirst,
  type SoftwareKey,
  signParts,
} from './device-forge.ts';

const RSA = createRsaKey(2_048);
const OTHER = createEcKey();
const REFUSED = { outcome: 'refused', code: 'ERR_DEVICE_PROOF_INVALID' };

type Make = (challenge: string, key: SoftwareKey) => string;

/** What a registration with this proof answers. Checks that a refused one leaves the session as it was. */
async function tryRegister(make: Make, key: SoftwareKey = KEY) {
  const { memory, device, signIn } = openBound();
  const { session } = await signIn();
  const outcome = await device.register(session, make(device.readOffer(session) ?? '', key));
  if (outcome.outcome !== 'registered') expect(memory.read(session.id)).toEqual(session);
  return outcome;
}

/** The same for a refresh, of a session that is bound to `key`. */
async function tryRefresh(make: Make, key: SoftwareKey = KEY) {
  const { memory, device, signIn } = openBound();
  const { session, bindingId, challenge } = await bind(device, (await signIn()).session, key);
  const outcome = await device.refresh(session, { bindingId, proof: make(challenge, key) });
  if (outcome.outcome !== 'refreshed') expect(memory.read(session.id)).toEqual(session);
  return outcome;
}

const tamper = (proof: string, part: number, change: (text: string) => string): string =>
  proof
    .split('.')
    .map((text, index) => (index === part ? change(text) : text))
    .join('.');

const replaceHeader =
  (header: unknown): Make =>
  (challenge, key) =>
    signParts(key, header, { jti: challenge });

const replaceClaims =
  (claims: unknown): Make =>
  (_challenge, key) =>
    signParts(key, { alg: key.alg, typ: 'dbsc+jwt', jwk: key.jwk }, claims);

const withHeader =
  (header: Record<string, unknown>): Make =>
  (challenge, key) =>
    proveFirst(key, challenge, { header });

const withClaims =
  (claims: Record<string, unknown>): Make =>
  (challenge, key) =>
    proveFirst(key, challenge, { claims });

const jwkAsClaim: Make = (challenge, key) => prove(key, challenge, { claims: { key: key.jwk } });

describe('control: a proof is accepted', () => {
  it.each<[string, Make]>([
    ['as Chromium registers', (challenge, key) => proveFirst(key, challenge)],
    ['with the key as a claim, as the draft has it', jwkAsClaim],
    ['with the key in both places', (challenge, key) => proveFirst(key, challenge, { claims: { key: key.jwk } })],
    ['with aud and iat, which are not read', withClaims({ aud: 'https://elsewhere.example/', iat: '1725579055' })],
    ['with an authorization that was not asked for', withClaims({ authorization: 'x' })],
    [
      'with addresses of keys in the header, which are not fetched',
      withHeader({ jku: 'https://evil.example/', kid: 'x' }),
    ],
    [
      'in spaced JSON',
      (challenge, key) =>
        signParts(key, JSON.stringify({ alg: key.alg, typ: 'dbsc+jwt', jwk: key.jwk }, null, 1), { jti: challenge }),
    ],
  ])('%s', async (_name, make) => {
    for (const key of [KEY, RSA]) {
      expect(await tryRegister(make, key)).toMatchObject({ outcome: 'registered' });
      expect(await tryRefresh(make, key)).toMatchObject({ outcome: 'refreshed' });
    }
  });

  it('as Chromium refreshes: without a key, with or without sub', async () => {
    const { device, signIn } = openBound();
    const { session, bindingId, challenge } = await bind(device, (await signIn()).session);
    const first = await device.refresh(session, { bindingId, proof: prove(KEY, challenge) });
    if (first.outcome !== 'refreshed') throw new Error(first.outcome);
    const proof = prove(KEY, first.challenge, { claims: { sub: bindingId } });
    expect(await device.refresh(first.session, { bindingId, proof })).toMatchObject({ outcome: 'refreshed' });
  });
});

const badly: [string, Make][] = [
  ['no text', () => ''],
  ['dots', () => '..'],
  ['one part', () => 'a'],
  ['two parts', (challenge, key) => proveFirst(key, challenge).split('.').slice(0, 2).join('.')],
  ['no signature', (challenge, key) => tamper(proveFirst(key, challenge), 2, () => '')],
  ['four parts', (challenge, key) => `${proveFirst(key, challenge)}.AA`],
  ['five parts, as a JWE', (challenge, key) => `${proveFirst(key, challenge)}.AA.AA`],
  ['a space before it', (challenge, key) => ` ${proveFirst(key, challenge)}`],
  ['a line feed after it', (challenge, key) => `${proveFirst(key, challenge)}\n`],
  ['padding', (challenge, key) => tamper(proveFirst(key, challenge), 2, (text) => `${text}=`)],
  ['base64 with +', (challenge, key) => tamper(proveFirst(key, challenge), 2, (text) => `+${text.slice(1)}`)],
  ['spare bits in the signature', (challenge, key) => tamper(proveFirst(key, challenge), 2, addSpareBit)],
  ['JSON serialization', (challenge, key) => JSON.stringify({ payload: encodePart({ jti: challenge }), key: key.jwk })],
  ['a huge text', (challenge, key) => proveFirst(key, challenge, { header: { pad: 'x'.repeat(MAX_PROOF_LENGTH) } })],
  ['megabytes', () => `${'A'.repeat(8_000_000)}.AAAA.AAAA`],
  ['a header that is no JSON', replaceHeader('{"alg":')],
  ['a header that is a list', replaceHeader([])],
  ['a header that is null', replaceHeader(null)],
  ['a header of broken UTF-8', (challenge, key) => tamper(proveFirst(key, challenge), 0, () => '_w')],
  ['alg none', withHeader({ alg: 'none' })],
  ['alg none, and no signature', (challenge, key) => unsigned({ alg: 'none', jwk: key.jwk }, challenge)],
  ['alg HS256 with the public key as the secret', signWithHmac],
  ['alg ES256K', withHeader({ alg: 'ES256K' })],
  ['alg PS256', withHeader({ alg: 'PS256' })],
  ['alg EdDSA', withHeader({ alg: 'EdDSA' })],
  ['alg in lower case', (challenge, key) => proveFirst(key, challenge, { header: { alg: key.alg.toLowerCase() } })],
  ['a list of algs', (challenge, key) => proveFirst(key, challenge, { header: { alg: [key.alg] } })],
  ['no alg', (challenge, key) => proveFirst(key, challenge, { header: { alg: undefined } })],
  [
    'the alg of the other kind of key',
    (challenge, key) => proveFirst(key, challenge, { header: { alg: otherAlg(key) } }),
  ],
  ['typ JWT', withHeader({ typ: 'JWT' })],
  ['typ in capitals', withHeader({ typ: 'DBSC+JWT' })],
  ['typ in full', withHeader({ typ: 'application/dbsc+jwt' })],
  ['typ dpop+jwt', withHeader({ typ: 'dpop+jwt' })],
  ['no typ', withHeader({ typ: undefined })],
  ['a list of typ', withHeader({ typ: ['dbsc+jwt'] })],
  ['crit', withHeader({ crit: ['exp'] })],
  ['an empty crit', withHeader({ crit: [] })],
  ['b64', withHeader({ b64: true })],
  ['typ twice', (challenge, key) => withTwice(key, challenge, '"typ":"dbsc+jwt",')],
  ['the key twice', (challenge, key) => withTwice(key, challenge, `"jwk":${JSON.stringify(OTHER.jwk)},`)],
  ['another key as a claim', withClaims({ key: OTHER.jwk })],
  ['a broken key as a claim', withClaims({ key: {} })],
  ['a private key', withHeader({ jwk: { ...KEY.jwk, d: 'AAAA' } })],
  ['the key as text', withHeader({ jwk: JSON.stringify(KEY.jwk) })],
  ['null as the key', withHeader({ jwk: null })],
  ['claims that are no JSON', replaceClaims('x')],
  ['claims that are a list', replaceClaims([])],
  ['claims nested too deeply', replaceClaims(`{"jti":${'['.repeat(3_000)}${']'.repeat(3_000)}}`)],
  ['no jti', replaceClaims({})],
  ['jti twice', (challenge, key) => withClaimText(key, `{"jti":"x","jti":"${challenge}"}`)],
  [
    'jti twice, the second one escaped',
    (challenge, key) => withClaimText(key, `{"jti":"${challenge}","jt\\u0069":"${challenge}"}`),
  ],
  ['jti deep inside only', (challenge, key) => replaceClaims({ inner: { jti: challenge } })(challenge, key)],
  ['an empty jti', withClaims({ jti: '' })],
  ['a list of jti', (challenge, key) => proveFirst(key, challenge, { claims: { jti: [challenge] } })],
  ['a number as jti', withClaims({ jti: 5 })],
  ['null as jti', withClaims({ jti: null })],
  ['an endless jti', withClaims({ jti: 'x'.repeat(129) })],
  ['a number as sub', withClaims({ sub: 5 })],
  [
    'a signature by another key',
    (challenge, key) =>
      signParts({ ...OTHER, alg: key.alg }, { alg: key.alg, typ: 'dbsc+jwt', jwk: key.jwk }, { jti: challenge }),
  ],
  [
    'claims changed after signing',
    (challenge, key) => tamper(proveFirst(key, challenge), 1, () => encodePart({ jti: challenge, x: 1 })),
  ],
  ['a signature one byte short', (challenge, key) => tamper(proveFirst(key, challenge), 2, (text) => resize(text, -1))],
  ['a signature one byte long', (challenge, key) => tamper(proveFirst(key, challenge), 2, (text) => resize(text, 1))],
  ['a signature of zeros', (challenge, key) => tamper(proveFirst(key, challenge), 2, (text) => zeros(text))],
  ['an ECDSA signature in DER', (challenge) => signInDer(challenge)],
];

describe.each([
  ['ES256', KEY],
  ['RS256', RSA],
])('%s: refused with ERR_DEVICE_PROOF_INVALID, and nothing is changed', (_alg, key) => {
  it.each(badly)('%s', async (_name, make) => {
    expect(await tryRegister(make, key)).toEqual(REFUSED);
    expect(await tryRefresh(make, key)).toEqual(REFUSED);
  });
});

describe('at registration', () => {
  it.each<[string, Make]>([
    ['a proof without a key', (challenge, key) => prove(key, challenge)],
    ['a proof over another challenge', (_challenge, key) => proveFirst(key, 'AAAAAAAAAAAAAAAAAAAAAA')],
    ['a point that is not on the curve', withHeader({ jwk: { ...KEY.jwk, y: KEY.jwk.x } })],
    ['an RSA key of 1,024 bits', (challenge) => proveFirst(createRsaKey(1_024), challenge)],
    ['an RSA key with the exponent 3', (challenge) => proveFirst(createRsaKey(2_048, 3), challenge)],
  ])('%s is refused', async (_name, make) => {
    expect(await tryRegister(make)).toEqual(REFUSED);
  });
});

describe('at a refresh', () => {
  it.each<[string, Make]>([
    ['a proof by another key', (challenge) => prove(OTHER, challenge)],
    [
      'a proof by another key that brings this key',
      (challenge) => prove(OTHER, challenge, { header: { jwk: OTHER.jwk } }),
    ],
    ['a proof by a key of the other kind', (challenge) => prove(RSA, challenge)],
    [
      'a proof by the key that brings another one',
      (challenge, key) => prove(key, challenge, { header: { jwk: OTHER.jwk } }),
    ],
    [
      'a proof for another session',
      (challenge, key) => prove(key, challenge, { claims: { sub: 'bAAAAAAAAAAAAAAAAAAAAAA' } }),
    ],
    ['a proof by another key over another challenge', () => prove(OTHER, 'old')],
  ])('%s is refused', async (_name, make) => {
    expect(await tryRefresh(make)).toEqual(REFUSED);
  });
});

function addSpareBit(text: string): string {
  const next: Record<string, string> = { A: 'B', Q: 'R', g: 'h', w: 'x' };
  return text.slice(0, -1) + (next[text.at(-1) ?? ''] ?? '');
}

function otherAlg({ alg }: SoftwareKey): string {
  return alg === 'ES256' ? 'RS256' : 'ES256';
}

function unsigned(header: Record<string, unknown>, challenge: string): string {
  return `${encodePart({ typ: 'dbsc+jwt', ...header })}.${encodePart({ jti: challenge })}.AA`;
}

function signWithHmac(challenge: string, { jwk }: SoftwareKey): string {
  const input = `${encodePart({ typ: 'dbsc+jwt', alg: 'HS256', jwk })}.${encodePart({ jti: challenge })}`;
  return `${input}.${createHmac('sha256', JSON.stringify(jwk)).update(input).digest('base64url')}`;
}

function withTwice(key: SoftwareKey, challenge: string, member: string): string {
  const header = JSON.stringify({ alg: key.alg, typ: 'dbsc+jwt', jwk: key.jwk });
  return signParts(key, `{${member}${header.slice(1)}`, { jti: challenge });
}

function withClaimText(key: SoftwareKey, claims: string): string {
  return signParts(key, { alg: key.alg, typ: 'dbsc+jwt', jwk: key.jwk }, claims);
}

function resize(text: string, by: number): string {
  const bytes = Buffer.from(text, 'base64url');
  return Buffer.concat([bytes, Buffer.alloc(1)])
    .subarray(0, bytes.length + by)
    .toString('base64url');
}

function zeros(text: string): string {
  return Buffer.alloc(Buffer.from(text, 'base64url').length).toString('base64url');
}

function signInDer(challenge: string): string {
  return signParts(KEY, { alg: 'ES256', typ: 'dbsc+jwt', jwk: KEY.jwk }, { jti: challenge }, 'der');
}
