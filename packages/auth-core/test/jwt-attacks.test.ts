// The attacks of RFC 8725 on the strategy. Each row changes one thing in a token that is accepted. The controls beside
// them are made in the same way without the change, and are accepted.

import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { generateJwtKeys, type JwtKeySet, parseJwtKeys } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import {
  ALICE,
  createStrategy,
  eddsa,
  encode,
  hs256,
  type Json,
  openToken,
  readErrorCode,
  readOutcome,
  SECONDS,
  SECRET,
} from './jwt-forge.ts';

const strategy = createStrategy();
const { header, claims } = openToken(strategy.issue(ALICE).accessToken);

/** The header in another spelling than issue writes, so that it is read strictly. */
const other = { typ: header.typ, alg: header.alg, kid: header.kid };

const judge = (token: unknown) => readOutcome(strategy.authenticate(token as string));

function without(object: Json, name: string): Json {
  const { [name]: _, ...rest } = object;
  return rest;
}

describe('headers', () => {
  it.each([
    ['ours', header],
    ['ours in another order', other],
    ['typ in capitals', { ...header, typ: 'AT+JWT' }],
    ['typ in full', { ...header, typ: 'application/at+jwt' }],
    ['spaced JSON', ` ${JSON.stringify(header, undefined, 2)}\n`],
    ['an escaped name', JSON.stringify(header).replace('"kid"', '"\\u006bid"')],
  ])('control: %s is accepted', (_, changed) => {
    expect(judge(hs256(changed, claims))).toBe('accepted');
  });

  it.each<[string, unknown]>([
    ['alg none', { ...header, alg: 'none' }],
    ['alg NONE', { ...header, alg: 'NONE' }],
    ['alg hs256', { ...header, alg: 'hs256' }],
    ['alg HS512', { ...header, alg: 'HS512' }],
    ['alg RS256', { ...header, alg: 'RS256' }],
    ['alg EdDSA', { ...header, alg: 'EdDSA' }],
    ['a list of algs', { ...header, alg: ['HS256'] }],
    ['no alg', without(header, 'alg')],
    ['typ JWT', { ...header, typ: 'JWT' }],
    ['typ of a refresh token', { ...header, typ: 'rt+jwt' }],
    ['a list of typ', { ...header, typ: ['at+jwt'] }],
    ['no typ', without(header, 'typ')],
    ['unknown kid', { ...header, kid: 'unknown' }],
    ['kid __proto__', { ...header, kid: '__proto__' }],
    ['kid as a path', { ...header, kid: '../../dev/null' }],
    ['kid as SQL', { ...header, kid: "x' UNION SELECT 'k" }],
    ['a number as kid', { ...header, kid: 1 }],
    ['no kid', without(header, 'kid')],
    ['crit', { ...header, crit: ['exp'] }],
    ['crit of nothing', { ...header, crit: [] }],
    ['crit of an extension that is there', { ...header, crit: ['x'], x: 1 }],
    ['jku', { ...header, jku: 'https://evil.example/jwks.json' }],
    ['x5u', { ...header, x5u: 'https://evil.example/cert.pem' }],
    ['jwk', { ...header, jwk: { kty: 'oct', k: encode(SECRET) } }],
    ['x5c', { ...header, x5c: ['MIIB'] }],
    ['b64', { ...header, b64: false, crit: ['b64'] }],
    ['zip', { ...header, zip: 'DEF' }],
    ['enc', { ...header, enc: 'A256GCM' }],
    ['cty', { ...header, cty: 'JWT' }],
    ['a claim in the header', { ...header, sub: 'u-1' }],
    ['__proto__', JSON.stringify(header).replace('}', ',"__proto__":{"x":1}}')],
    ['alg twice', JSON.stringify(header).replace('{', '{"alg":"none",')],
    ['kid twice, once escaped', JSON.stringify(header).replace('{', '{"\\u006bid":"x",')],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"HS256"'],
    ['no JSON', '{"alg":'],
    ['a byte order mark', `\uFEFF${JSON.stringify(header)}`],
  ])('%s is refused', (_, changed) => {
    expect(judge(hs256(changed, claims))).toBe('ERR_TOKEN_INVALID');
  });
});

describe('signatures', () => {
  const [head = '', payload = '', signature = ''] = hs256(header, claims).split('.');

  it('control: the parts as they are, accepted', () => {
    expect(judge(`${head}.${payload}.${signature}`)).toBe('accepted');
  });

  it.each([
    ['none, no signature', `${encode('{"alg":"none"}')}.${payload}.`],
    ['none, our signature', `${encode('{"alg":"none"}')}.${payload}.${signature}`],
    ['our header, no signature', `${head}.${payload}.`],
    ['another secret', hs256(header, claims, `${SECRET}.`)],
    ['an empty secret', hs256(header, claims, '')],
    ['the kid as secret', hs256(header, claims, String(header.kid))],
    ['half a signature', `${head}.${payload}.${signature.slice(0, 22)}`],
    ['a longer signature', `${head}.${payload}.${signature}AAAA`],
    ['SHA-512', `${head}.${payload}.${createHmac('sha512', SECRET).update(`${head}.${payload}`).digest('base64url')}`],
    ['the signature of other claims', `${head}.${encode(JSON.stringify({ ...claims, sub: 'u-2' }))}.${signature}`],
  ])('%s is refused', (_, token) => {
    expect(judge(token)).toBe('ERR_TOKEN_INVALID');
  });

  it('the signature is checked before the claims: a forged token gets no answer about them', () => {
    expect(judge(hs256(header, { ...claims, exp: SECONDS - 1 }))).toBe('ERR_TOKEN_EXPIRED');
    expect(judge(hs256(header, { ...claims, exp: SECONDS - 1 }, 'forged'))).toBe('ERR_TOKEN_INVALID');
  });

  it('a token with any bit changed is refused', () => {
    const token = Buffer.from(`${head}.${payload}.${signature}`, 'latin1');
    const accepted: string[] = [];
    for (let at = 0; at < token.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = Buffer.from(token);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        if (judge(flipped.toString('latin1')) !== 'ERR_TOKEN_INVALID') accepted.push(`byte ${at}, bit ${bit}`);
      }
    }
    expect(accepted).toEqual([]);
  });
});

describe('form', () => {
  const token = hs256(header, claims);
  const [head = '', payload = '', signature = ''] = token.split('.');
  const last = signature.slice(-1);
  /** The same bytes, spelt with an unused bit set. */
  const alias = String.fromCharCode(last.charCodeAt(0) + 1);

  it('control: the token as it is, accepted', () => {
    expect(judge(token)).toBe('accepted');
    expect(Buffer.from(`${signature.slice(0, -1)}${alias}`, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', { toString: () => token }],
    ['a list', [token]],
    ['bytes', Buffer.from(token)],
    ['two parts', `${head}.${payload}`],
    ['four parts', `${token}.`],
    ['JWE, five parts', `${encode('{"alg":"dir","enc":"A256GCM"}')}..${payload}.${payload}.${signature}`],
    ['an empty payload', `${head}..${signature}`],
    ['JSON serialization', JSON.stringify({ protected: head, payload, signature })],
    ['padding', `${token}=`],
    ['a line break at the end', `${token}\n`],
    ['a space before', ` ${token}`],
    ['a line break inside', `${head}.${payload.slice(0, 8)}\n${payload.slice(8)}.${signature}`],
    ['plain base64', `${head}.${payload.slice(0, -1)}+.${signature}`],
    ['unused bits in the signature', `${head}.${payload}.${signature.slice(0, -1)}${alias}`],
    ['a NUL at the end', `${token}\0`],
    ['another script', `${head}.${payload}.${signature}é`],
  ])('%s is refused', (_, given) => {
    expect(judge(given)).toBe('ERR_TOKEN_INVALID');
  });

  it('a token of 8,192 characters is accepted, one of 8,193 is refused', () => {
    // Not every length can be reached by the payload alone: a part never has 4n + 1 characters.
    const sized = (length: number) => {
      for (let spaces = 0; spaces < 4; spaces += 1) {
        const head = JSON.stringify(header) + ' '.repeat(spaces);
        const pad = Math.floor(((length - hs256(head, { ...claims, pad: '' }).length) * 3) / 4);
        for (const more of [0, 1, 2]) {
          const made = hs256(head, { ...claims, pad: 'x'.repeat(pad + more) });
          if (made.length === length) return made;
        }
      }
      throw new Error('no such length');
    };
    const fits = sized(8192);
    const long = sized(8193);
    expect([fits.length, judge(fits)]).toEqual([8192, 'accepted']);
    expect([long.length, judge(long)]).toEqual([8193, 'ERR_TOKEN_INVALID']);
    expect(judge('x'.repeat(10_000_000))).toBe('ERR_TOKEN_INVALID');
  });
});

describe('claims', () => {
  it.each<[string, unknown]>([
    ['ours', claims],
    ['one more', { ...claims, tenant: { id: 1, name: 'x' } }],
    ['the same names in different objects', { ...claims, a: { id: 1 }, b: [{ id: 1 }, { id: 2 }] }],
    ['names that look like more', { ...claims, note: '"sub":"u-2",{[:' }],
    ['spaced JSON', JSON.stringify(claims, undefined, 2)],
    ['nbf now', { ...claims, nbf: SECONDS }],
    ['no roles', { ...claims, roles: [] }],
  ])('control: %s is accepted', (_, changed) => {
    expect(judge(hs256(header, changed))).toBe('accepted');
  });

  const text = JSON.stringify(claims);

  it.each<[string, unknown]>([
    ...['iss', 'aud', 'sub', 'username', 'roles', 'iat', 'exp', 'jti'].map((name): [string, unknown] => [
      `no ${name}`,
      without(claims, name),
    ]),
    ...['iss', 'aud', 'sub', 'username', 'jti', 'nbf', 'exp', 'iat'].map((name): [string, unknown] => [
      `${name} null`,
      { ...claims, [name]: null },
    ]),
    ['another iss', { ...claims, iss: 'ISS' }],
    ['iss with a slash', { ...claims, iss: 'iss/' }],
    ['a list of iss', { ...claims, iss: ['iss'] }],
    ['iss as object', { ...claims, iss: { toString: 'iss' } }],
    ['another aud', { ...claims, aud: 'au' }],
    ['a list of aud', { ...claims, aud: ['aud'] }],
    ['a list of several aud', { ...claims, aud: ['aud', 'other'] }],
    ['an empty sub', { ...claims, sub: '' }],
    ['a number as sub', { ...claims, sub: 1 }],
    ['an empty jti', { ...claims, jti: '' }],
    ['roles as text', { ...claims, roles: 'admin' }],
    ['a number in roles', { ...claims, roles: [1] }],
    ['exp as text', { ...claims, exp: String(SECONDS + 60) }],
    ['exp below 0', { ...claims, exp: -1 }],
    ['exp 2^53', { ...claims, exp: 2 ** 53 }],
    ['exp at the end of dates', { ...claims, exp: 8.64e12 }],
    ['exp beyond dates', { ...claims, exp: 8.64e12 + 1 }],
    ['exp a day after the ttl', { ...claims, exp: SECONDS + 900 + 86_400 }],
    ['iat a day ahead', { ...claims, iat: SECONDS + 86_400, exp: SECONDS + 86_400 + 900 }],
    ['exp with a fraction', { ...claims, exp: SECONDS + 60.5 }],
    ['exp beyond numbers', text.replace(/"exp":\d+/, '"exp":1e999')],
    ['a list as exp', { ...claims, exp: [SECONDS + 60] }],
    ['exp true', { ...claims, exp: true }],
    ['iat as text', { ...claims, iat: String(SECONDS) }],
    ['nbf as text', { ...claims, nbf: String(SECONDS - 60) }],
    ['nbf with a fraction', { ...claims, nbf: SECONDS - 60.5 }],
    ['sub twice', text.replace('{', '{"sub":"u-2",')],
    ['the same sub twice', text.replace('{', '{"sub":"u-1",')],
    ['sub twice, once escaped', text.replace('{', '{"s\\u0075b":"u-2",')],
    ['a name twice further down', text.replace('{', '{"a":{"b":[{"c":1,"c":2}]},')],
    ['a list', JSON.stringify([claims])],
    ['a text', '"u-1"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
    ['no JSON', text.slice(0, -1)],
    ['two JSON texts', `${text}${text}`],
    ['a token in the token', hs256(header, claims)],
    ['brackets, very deep', '['.repeat(4000)],
    ['a deep object', `${text.slice(0, -1)},"x":${'['.repeat(1000)}${']'.repeat(1000)},"x":1}`],
  ])('%s is refused', (_, changed) => {
    expect(judge(hs256(header, changed))).toBe('ERR_TOKEN_INVALID');
  });

  it('bytes that are not UTF-8 are refused, not replaced', () => {
    const sign = (name: Buffer) => {
      const [before, after] = text.split('alice');
      const payload = Buffer.concat([Buffer.from(String(before)), name, Buffer.from(String(after))]);
      const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
      return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
    };
    expect(judge(sign(Buffer.from('alicé')))).toBe('accepted');
    expect(judge(sign(Buffer.from([0xff])))).toBe('ERR_TOKEN_INVALID');
  });
});

describe('one kind of key for another', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const set = parseJwtKeys(generateJwtKeys());
  const signing = set.keys[0]?.privateKey as KeyObject;
  const edStrategy = createStrategy({ keys: set });
  const ed = openToken(edStrategy.issue(ALICE).accessToken);
  const judgeEd = (token: string) => readOutcome(edStrategy.authenticate(token));

  it('control: EdDSA as it is, accepted', () => {
    expect(judgeEd(eddsa(ed.header, ed.claims, signing))).toBe('accepted');
    expect(judgeEd(eddsa({ kid: ed.header.kid, typ: 'at+jwt', alg: 'EdDSA' }, ed.claims, signing))).toBe('accepted');
  });

  const publicKey = createPublicKey(signing);
  it.each([
    ['PEM', publicKey.export({ type: 'spki', format: 'pem' })],
    ['PEM, trimmed', publicKey.export({ type: 'spki', format: 'pem' }).toString().trim()],
    ['DER', publicKey.export({ type: 'spki', format: 'der' })],
    ['JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
    ['x', publicKey.export({ format: 'jwk' }).x ?? ''],
    ['raw x', Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')],
    ['the published JWK', JSON.stringify(edStrategy.jwks().keys[0])],
  ])('HS256 with the public key as secret (%s) is refused', (_, secret) => {
    expect(judgeEd(hs256({ ...ed.header, alg: 'HS256' }, ed.claims, secret))).toBe('ERR_TOKEN_INVALID');
    expect(judgeEd(hs256(ed.header, ed.claims, secret))).toBe('ERR_TOKEN_INVALID');
  });

  it('another Ed25519 key under the same kid is refused', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(judgeEd(eddsa(ed.header, ed.claims, privateKey))).toBe('ERR_TOKEN_INVALID');
  });

  it.each([
    ['RSA public PEM', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['RSA private PEM', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['PEM in base64', Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' })).toString('base64')],
    ['PEM in bytes', new Uint8Array(Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' })))],
    ['PEM after something else', `x\n${rsa.publicKey.export({ type: 'spki', format: 'pem' })}`],
    ['JWK', JSON.stringify(rsa.publicKey.export({ format: 'jwk' }))],
    ['JWK, spaced', `\n${JSON.stringify(rsa.publicKey.export({ format: 'jwk' }), undefined, 2)}`],
    ['JWKS', JSON.stringify({ keys: [rsa.publicKey.export({ format: 'jwk' })] })],
    ['a list of JWK', JSON.stringify([rsa.publicKey.export({ format: 'jwk' })])],
  ])('%s is refused as an HMAC secret', (_, secret) => {
    expect(readErrorCode(() => createStrategy({ keys: { secret } }))).toBe('ERR_OPTION_INVALID');
  });

  it('control: other bytes of that length are accepted as a secret', () => {
    expect(readErrorCode(() => createStrategy({ keys: { secret: 'y'.repeat(451) } }))).toBe('none');
  });

  it('a token of one secret is refused by another secret and by a key set', () => {
    const token = createStrategy({ keys: { secret: 'another secret of 32 bytes or so' } }).issue(ALICE).accessToken;
    const judges: readonly (JwtKeySet | { secret: string })[] = [{ secret: SECRET }, set];
    for (const keys of judges) {
      expect(readOutcome(createStrategy({ keys }).authenticate(token))).toBe('ERR_TOKEN_INVALID');
    }
  });
});
