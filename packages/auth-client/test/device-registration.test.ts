// The stateful client registers a key where a browser would, and nowhere else.

import { describe, expect, it } from 'vitest';
import { StatefulClient, type StatefulClientOptions } from '../src/index.ts';
import { getMe, server, signIn, signInEarlier, startServers, takeLines } from './device-harness.ts';

startServers();

describe('registration', () => {
  it.each(['ES256', 'RS256'] as const)('signs the offered challenge with a new %s key', async (deviceKey) => {
    const client = await signIn({ deviceKey });
    expect(takeLines()).toEqual(['POST /auth/login', 'POST /auth/device/register proof']);
    expect(server.bindings.get('binding 1')).toMatchObject({ alg: deviceKey });
    expect(client.bindingIds).toEqual(['binding 1']);
    expect((await getMe(client)).status).toBe(200);
  });

  it('sends the public members of the key, and no others', async () => {
    await signIn();
    await signIn({ deviceKey: 'RS256' });
    const members = [...server.bindings.values()].map(({ jwk }) => Object.keys(jwk));
    expect(members).toEqual([
      ['kty', 'crv', 'x', 'y'],
      ['kty', 'n', 'e'],
    ]);
  });

  it('is off by default: an offer is ignored', async () => {
    const client = new StatefulClient(server.reach);
    await client.signIn('alice', 'right password');
    expect(takeLines()).toEqual(['POST /auth/login']);
    expect(client.bindingIds).toEqual([]);
  });

  it('copies the authorization of the offer into the proof', async () => {
    server.offer += ';authorization="code"';
    await signIn();
    expect(server.claims).toMatchObject([{ jti: 'first', authorization: 'code' }]);
  });

  it.each([
    ['not a structured field', '(ES256;path="device/register"'],
    ['a token instead of a list of algorithms', 'ES256;path="device/register";challenge="first"'],
    ['no path', '(ES256);challenge="first"'],
    ['a path that is a token', '(ES256);path=device;challenge="first"'],
    ['no challenge', '(ES256);path="device/register"'],
    ['an empty challenge', '(ES256);path="device/register";challenge=""'],
    ['only algorithms of other keys', '(RS256 ES384 none);path="device/register";challenge="first"'],
    ['algorithms as strings', '("ES256");path="device/register";challenge="first"'],
    ['a key shared with another site', '(ES256);path="device/register";challenge="first";provider_key="k"'],
    ['another site', '(ES256);path="https://other.example/register";challenge="first"'],
    ['no TLS', '(ES256);path="http://app.example/register";challenge="first"'],
    ['no address', '(ES256);path="https://";challenge="first"'],
  ])('ignores an offer with %s, and signs in', async (_what, offer) => {
    server.offer = offer;
    const client = await signIn();
    expect(takeLines()).toEqual(['POST /auth/login']);
    expect(client.bindingIds).toEqual([]);
  });

  it('takes the offer that it can, also from a second header', async () => {
    server.offer = ['(ES384);path="x";challenge="first"', 'other, (ES256);path="device/register";challenge="first"'];
    expect((await signIn()).bindingIds).toEqual(['binding 1']);
  });

  it('ignores an offer over plain http', async () => {
    const client = await signIn(server.reachAs('http://app.example')).catch(() => undefined);
    expect(client).toBeUndefined();
    expect(takeLines()).toEqual(['POST /auth/login']);
  });

  it('takes an offer over plain http from this machine, as browsers do', async () => {
    expect((await signIn(server.reachAs('http://localhost'))).bindingIds).toEqual(['binding 1']);
  });

  it('signs in unbound if the server refuses the proof', async () => {
    server.offer = '(ES256);path="device/register";challenge="stale"';
    const client = await signIn();
    expect(takeLines()).toEqual(['POST /auth/login', 'POST /auth/device/register proof']);
    expect(client.bindingIds).toEqual([]);
  });
});

describe('instructions', () => {
  const valid = { session_identifier: 'binding 1', refresh_url: '/r', scope: { include_site: false } };
  const credentials = [{ type: 'cookie', name: 'a', attributes: 'Path=/' }];
  const createCredential = (fields: object) => ({ ...valid, credentials: [{ ...credentials[0], ...fields }] });

  it.each<[string, unknown]>([
    ['the end of the binding', { ...valid, credentials, continue: false }],
    ['text that is not JSON', '{'],
    ['a list', []],
    ['no session_identifier', { ...valid, credentials, session_identifier: undefined }],
    ['an empty session_identifier', { ...valid, credentials, session_identifier: '' }],
    ['a session_identifier that no header can hold', { ...valid, credentials, session_identifier: 'ü' }],
    ['an empty refresh_url', { ...valid, credentials, refresh_url: '' }],
    ['a refresh_url on another site', { ...valid, credentials, refresh_url: 'https://other.example/r' }],
    ['a refresh_url without TLS', { ...valid, credentials, refresh_url: 'http://app.example/r' }],
    ['no scope', { ...valid, credentials, scope: undefined }],
    ['no include_site', { ...valid, credentials, scope: {} }],
    ['an origin on another site', { ...valid, credentials, scope: { include_site: false, origin: 'https://x.org' } }],
    ['an opaque origin', { ...valid, credentials, scope: { include_site: false, origin: 'data:,x' } }],
    ['a rule of no type', { ...valid, credentials, scope: { include_site: false, scope_specification: [{}] } }],
    ['no credentials', valid],
    ['an empty list of credentials', { ...valid, credentials: [] }],
    ['a credential that is no cookie', createCredential({ type: 'token' })],
    ['a cookie without a name', createCredential({ name: '' })],
    ['a name that is two attributes', createCredential({ name: 'a; b' })],
    ['a cookie of another host', createCredential({ attributes: 'Domain=other.example' })],
    [
      'a __Host- cookie with a domain',
      createCredential({ name: '__Host-a', attributes: 'Domain=app.example; Secure' }),
    ],
    ['a cookie with a lifetime, as in Chromium', createCredential({ attributes: 'Path=/; Max-Age=60' })],
    ['initiators that are no texts', { ...valid, credentials, allowed_refresh_initiators: [1] }],
  ])('with %s leave the session unbound', async (_what, body) => {
    server.editInstructions = () => body;
    const client = await signIn();
    expect(client.bindingIds).toEqual([]);
    await getMe(client);
    expect(takeLines()).toEqual(['POST /auth/login', 'POST /auth/device/register proof', 'GET /auth/me']);
  });

  it.each<[string, object]>([
    ['as they are', {}],
    ['of the whole site, from its own host', { scope: { include_site: true } }],
    ['with a refresh_url on a subdomain', { refresh_url: 'https://a.app.example/r' }],
    ['with unknown members', { defer_requests: true }],
  ])('bind %s', async (_what, changes) => {
    server.editInstructions = () => ({ ...valid, credentials, ...changes });
    expect((await signIn()).bindingIds).toEqual(['binding 1']);
  });

  it('of a subdomain cannot bind the whole site', async () => {
    server.editInstructions = () => ({ ...valid, credentials, scope: { include_site: true } });
    expect((await signIn(server.reachAs('https://a.app.example'))).bindingIds).toEqual([]);
  });

  it('of a host without a domain cannot bind a site', async () => {
    server.editInstructions = () => ({ ...valid, credentials, scope: { include_site: true } });
    expect((await signIn(server.reachAs('https://localhost'))).bindingIds).toEqual([]);
  });

  it('without a refresh_url refresh at the registration URL', async () => {
    server.editInstructions = ({ refresh_url, ...others }) => others;
    const client = await signInEarlier();
    await getMe(client);
    expect(takeLines()[0]).toBe('POST /auth/device/register proof');
  });
});

it.each(['ES384', true, ''])('refuses %j as deviceKey', (deviceKey) => {
  const options = { ...server.reach, deviceKey } as unknown as StatefulClientOptions;
  expect(() => new StatefulClient(options)).toThrow(expect.objectContaining({ code: 'ERR_CLIENT_OPTION_INVALID' }));
});
