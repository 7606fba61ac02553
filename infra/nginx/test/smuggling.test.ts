// Requests that two parsers could read differently (RFC 9112, 11.2). Each is refused before a server receives any of
// it, and its connection ends; or it reaches the server as one request, which nginx has written again.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { sendBytes } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream('one');
  gateway = await startNginx({ stateless: [upstream.url], stateful: [upstream.url] });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

const HIDDEN = 'GET /api/stateful/hidden HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const post = (headers: readonly string[], body: string, version = 'HTTP/1.1') =>
  `POST /api/stateful/seen ${version}\r\n${['Host: x', ...headers].join('\r\n')}\r\n\r\n${body}`;
const chunked = `0\r\n\r\n${HIDDEN}`;
const LENGTH = `Content-Length: ${chunked.length}`;
const TE = 'Transfer-Encoding: chunked';

const REFUSED: readonly (readonly [what: string, bytes: string])[] = [
  ['CL.TE: a length and chunks', post([LENGTH, TE], chunked)],
  ['TE.CL: chunks and a length', post([TE, 'Content-Length: 4'], chunked)],
  ['a length of 0 and chunks', post(['Content-Length: 0', TE], chunked)],
  ['two lengths that differ', post(['Content-Length: 0', LENGTH], chunked)],
  ['two lengths that are equal', post([LENGTH, LENGTH], chunked)],
  ['a list of lengths', post(['Content-Length: 0, 0'], HIDDEN)],
  ['a length with a sign', post(['Content-Length: +0'], HIDDEN)],
  ['a negative length', post(['Content-Length: -1'], HIDDEN)],
  ['a length in hex', post(['Content-Length: 0x0'], HIDDEN)],
  ['a length with a space in it', post(['Content-Length: 0 0'], HIDDEN)],
  ['a length that no number holds', post(['Content-Length: 18446744073709551616'], HIDDEN)],
  ['a space before the colon', post(['Content-Length : 0'], HIDDEN)],
  ['a space before the colon of the coding', post(['Transfer-Encoding : chunked'], chunked)],
  ['a coding that is not known', post(['Transfer-Encoding: xchunked'], chunked)],
  ['two codings', post(['Transfer-Encoding: chunked, identity'], chunked)],
  ['the coding twice', post([TE, 'Transfer-Encoding: identity'], chunked)],
  ['a coding with a control character', post(['Transfer-Encoding: \x0bchunked'], chunked)],
  ['identity', post(['Transfer-Encoding: identity'], chunked)],
  ['chunks with HTTP/1.0', post([TE], chunked, 'HTTP/1.0')],
  ['a folded header', post(['X: y\r\n Transfer-Encoding: chunked', LENGTH], chunked)],
  [
    'a first header that begins with a space',
    `GET /api/stateful/seen HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n${HIDDEN}`,
  ],
  ['two hosts', post(['Host: y', 'Content-Length: 0'], HIDDEN)],
  ['no host', `GET /api/stateful/seen HTTP/1.1\r\n\r\n${HIDDEN}`],
  ['a carriage return inside a header', post(['X: a\rContent-Length: 0'], HIDDEN)],
  ['a NUL inside a header', post(['X: a\0b'], HIDDEN)],
  ['a chunk size that is no number', post([TE], `x\r\n\r\n${HIDDEN}`)],
  ['a chunk size that is negative', post([TE], `-1\r\n\r\n${HIDDEN}`)],
  ['a chunk size that no number holds', post([TE], `fffffffffffffffff\r\n\r\n${HIDDEN}`)],
  ['a chunk that is longer than its size', post([TE], `1\r\nabc\r\n0\r\n\r\n${HIDDEN}`)],
  ['a space in the URL', `GET /api/stateful/seen x HTTP/1.1\r\nHost: x\r\n\r\n${HIDDEN}`],
  ['a method with a line in it', `GE\rT /api/stateful/seen HTTP/1.1\r\nHost: x\r\n\r\n${HIDDEN}`],
  ['a version of the future', `GET /api/stateful/seen HTTP/3.0\r\nHost: x\r\n\r\n${HIDDEN}`],
];

describe('a request is refused, and the connection ends:', () => {
  it.each(REFUSED)('%s', async (_what, bytes) => {
    upstream.received.length = 0;
    const text = await sendBytes(gateway, bytes);
    expect(text.match(/^HTTP\/1\.1 (\d{3})/gm)).toEqual([expect.stringMatching(/ (400|501|505)$/)]);
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text).toContain('"code":"ERR_');
    expect(upstream.received.map(({ path }) => path)).toEqual([]);
  });
});

describe('exactly one request is passed on:', () => {
  const CLOSE = 'Connection: close';

  it.each([
    ['chunks', post([TE, CLOSE], '3\r\nabc\r\n0\r\n\r\n'), 'abc'],
    [
      'chunks with extensions and a trailer',
      post([TE, CLOSE], '3;a=b\r\nabc\r\n0\r\nTransfer-Encoding: x\r\n\r\n'),
      'abc',
    ],
    ['a body that looks like a request', post([`Content-Length: ${HIDDEN.length}`, CLOSE], HIDDEN), HIDDEN],
    ['what follows after the last request', post(['Content-Length: 0', CLOSE], HIDDEN), ''],
    ['lines without carriage returns', post(['Content-Length: 3', CLOSE], 'abc').replaceAll('\r', ''), 'abc'],
    [
      'a header name that could be read as another',
      post(['Content_Length: 99', 'Content-Length: 3', CLOSE], 'abc'),
      'abc',
    ],
  ])('%s', async (_what, bytes, body) => {
    upstream.received.length = 0;
    expect(await sendBytes(gateway, bytes)).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.received).toMatchObject([{ method: 'POST', path: '/seen', body }]);
    expect(upstream.received[0]?.headers).not.toHaveProperty('transfer-encoding');
  });
});
