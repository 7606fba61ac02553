// The attacks of RFC 8725 over HTTP, for both engines: each row × {header, doubled header, query} is 401, never 500,
// beside a control that the same hands made and that gets 200. The strategy's own tests in auth-core have the longer
// table.

import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateJwtKeys, parseJwtKeys } from '@statecraft/auth-core';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, appWith, ask, ENGINES, NOW, SECRET } from './jwt-app.ts';

type Json = Record<string, unknown>;
type Forge = (header: Json, claims: Json) => string;

const SECONDS = NOW / 1000;
const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const open = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));

function hs256(header: unknown, claims: unknown, secret: string | Buffer = SECRET): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function eddsa(header: unknown, claims: unknown, key: KeyObject): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

const text = (claims: Json) => JSON.stringify(claims);

const CONTROLS: readonly [string, Forge][] = [
  ['as issued', (header, claims) => hs256(header, claims)],
  ['the header in another order', ({ alg, typ, kid }, claims) => hs256({ kid, typ, alg }, claims)],
  ['typ in capitals', (header, claims) => hs256({ ...header, typ: 'AT+JWT' }, claims)],
  ['typ in full', (header, claims) => hs256({ ...header, typ: 'application/at+jwt' }, claims)],
  ['a claim more', (header, claims) => hs256(header, { ...claims, more: { id: 1 } })],
  ['exp in a second', (header, claims) => hs256(header, { ...claims, exp: SECONDS + 1 })],
  ['nbf now', (header, claims) => hs256(header, { ...claims, nbf: SECONDS })],
];

const ATTACKS: readonly [string, Forge][] = [
  ['alg none', (header, claims) => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`],
  ['alg none with a signature', (header, claims) => hs256({ ...header, alg: 'none' }, claims)],
  ['no signature', (header, claims) => `${encode(header)}.${encode(claims)}.`],
  ['alg RS256', (header, claims) => hs256({ ...header, alg: 'RS256' }, claims)],
  ['alg HS512', (header, claims) => hs256({ ...header, alg: 'HS512' }, claims)],
  ['another secret', (header, claims) => hs256(header, claims, `${SECRET}!`)],
  ['typ JWT', (header, claims) => hs256({ ...header, typ: 'JWT' }, claims)],
  ['no typ', ({ typ: _, ...header }, claims) => hs256(header, claims)],
  ['crit', (header, claims) => hs256({ ...header, crit: ['x'], x: 1 }, claims)],
  ['b64', (header, claims) => hs256({ ...header, b64: false }, claims)],
  ['zip', (header, claims) => hs256({ ...header, zip: 'DEF' }, claims)],
  ['x5u', (header, claims) => hs256({ ...header, x5u: 'https://evil.example/' }, claims)],
  ['jwk', (header, claims) => hs256({ ...header, jwk: { kty: 'oct', k: encode('x') } }, claims, 'x')],
  ['unknown kid', (header, claims) => hs256({ ...header, kid: 'x' }, claims)],
  ['no kid', ({ kid: _, ...header }, claims) => hs256(header, claims)],
  ['alg twice', (header, claims) => hs256(text(header).replace('{', '{"alg":"none",'), claims)],
  ['JWE', (_, claims) => `${encode({ alg: 'dir', enc: 'A256GCM' })}..${encode('x')}.${encode(claims)}.${encode('x')}`],
  ['a payload that is a list', (header, claims) => hs256(header, [claims])],
  ['a payload that is a text', (header) => hs256(header, '"u-1"')],
  ['a payload that is null', (header) => hs256(header, 'null')],
  ['a payload that is no JSON', (header) => hs256(header, '{')],
  ['sub twice', (header, claims) => hs256(header, text(claims).replace('{', '{"sub":"u-2",'))],
  ['no iss', (header, { iss: _, ...claims }) => hs256(header, claims)],
  ['another iss', (header, claims) => hs256(header, { ...claims, iss: 'other' })],
  ['a list of iss', (header, claims) => hs256(header, { ...claims, iss: ['iss'] })],
  ['no aud', (header, { aud: _, ...claims }) => hs256(header, claims)],
  ['another aud', (header, claims) => hs256(header, { ...claims, aud: 'other' })],
  ['a list of aud', (header, claims) => hs256(header, { ...claims, aud: ['aud'] })],
  ['no exp', (header, { exp: _, ...claims }) => hs256(header, claims)],
  ['exp now', (header, claims) => hs256(header, { ...claims, exp: SECONDS })],
  ['exp as text', (header, claims) => hs256(header, { ...claims, exp: String(SECONDS + 60) })],
  ['exp below 0', (header, claims) => hs256(header, { ...claims, exp: -1 })],
  ['exp 2^53', (header, claims) => hs256(header, { ...claims, exp: 2 ** 53 })],
  ['exp with a fraction', (header, claims) => hs256(header, { ...claims, exp: SECONDS + 0.5 })],
  ['nbf in a second', (header, claims) => hs256(header, { ...claims, nbf: SECONDS + 1 })],
  ['9 KB', (header, claims) => hs256(header, { ...claims, pad: 'x'.repeat(6200) })],
  ['padding', (header, claims) => `${hs256(header, claims)}=`],
];

describe.each(ENGINES)('engine %s', (engine) => {
  let app: FastifyInstance;
  let header: Json;
  let claims: Json;

  beforeAll(async () => {
    app = await appWith({ engine });
    const { accessToken } = app.tokens.issue(ALICE);
    [header, claims] = open(accessToken);
  });
  afterAll(() => app.close());

  it.each(CONTROLS)('control: %s is 200', async (_, forge) => {
    const answer = await ask(app, forge(header, claims));
    expect([answer.statusCode, answer.json().user?.userId]).toEqual([200, 'u-1']);
  });

  it.each(ATTACKS)('%s is 401', async (_, forge) => {
    const token = forge(header, claims);
    const good = `Bearer ${hs256(header, claims)}`;
    const answers = [
      await ask(app, token),
      await ask(app, { authorization: [`Bearer ${token}`, good] as never }),
      await ask(app, { authorization: [good, `Bearer ${token}`] as never }),
      await app.inject({ url: `/me?access_token=${token}` }),
    ];
    expect(answers.map((answer) => answer.statusCode)).toEqual([401, 401, 401, 401]);
    expect(answers[0]?.json().code).toMatch(/^ERR_TOKEN_/);
    expect(answers[0]?.payload).not.toMatch(/stack|node_modules|fast-jwt/);
  });

  it('no byte of a token may change', async () => {
    const token = hs256(header, claims);
    const accepted: number[] = [];
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const answer = await ask(app, `${token.slice(0, at)}${other}${token.slice(at + 1)}`);
      if (answer.statusCode !== 401) accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });

  it('HS256 with a public key as secret is 401, EdDSA with the private one is 200', async () => {
    const keys = parseJwtKeys(generateJwtKeys());
    const signing = keys.keys[0]?.privateKey as KeyObject;
    const ed = await appWith({ engine, keys });
    const [edHeader, edClaims] = open(ed.tokens.issue(ALICE).accessToken);
    expect((await ask(ed, eddsa(edHeader, edClaims, signing))).statusCode).toBe(200);
    const publicKey = createPublicKey(signing);
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    for (const secret of [pem, pem.toString().trim(), JSON.stringify(publicKey.export({ format: 'jwk' }))]) {
      expect((await ask(ed, hs256({ ...edHeader, alg: 'HS256' }, edClaims, secret))).statusCode).toBe(401);
      expect((await ask(ed, hs256(edHeader, edClaims, secret))).statusCode).toBe(401);
    }
  });

  it('connects to no server, whatever jku, x5u or kid says', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seen: (string | undefined)[] = [];
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'evil', use: 'sig' }] };
    const evil = createServer((request, reply) => {
      seen.push(request.url);
      reply.end(JSON.stringify(jwks));
    });
    evil.on('connection', () => seen.push('a connection'));
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/jwks.json`;
    try {
      for (const more of [{ jku: url }, { x5u: url }, { kid: url }, { iss: url }]) {
        const forged = eddsa(
          { alg: 'EdDSA', typ: 'at+jwt', kid: 'evil', ...more },
          { ...claims, iss: url },
          privateKey,
        );
        expect((await ask(app, forged)).statusCode).toBe(401);
      }
      expect(seen).toEqual([]);
      // The control: the server does see who comes.
      await (await fetch(url)).text();
      expect(seen).toEqual(['a connection', '/jwks.json']);
    } finally {
      evil.closeAllConnections();
      await new Promise((resolve) => evil.close(resolve));
    }
  });
});
