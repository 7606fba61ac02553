// The walk-through prints what happens, and its conclusions follow from the answers.

import { afterEach, describe, expect, it } from 'vitest';
import { StatefulClient, StatelessClient, walkThrough } from '../src/index.ts';
import { startServer, type TestServer, type TestServerOptions } from './server.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function walk(
  options: TestServerOptions,
  extra: { reveal?: boolean; register?: boolean; password?: string } = {},
) {
  server = await startServer(options);
  const Client = options.mode === 'stateless' ? StatelessClient : StatefulClient;
  const lines: string[] = [];
  const result = await walkThrough(new Client({ baseUrl: server.url }), {
    username: 'alice',
    password: 'right password',
    print: (line) => lines.push(line),
    ...extra,
  }).catch((error: unknown) => ({ error }));
  return { result, lines, text: lines.join('\n'), seen: server.seen };
}

describe.each(['stateless', 'stateful'] as const)('%s', (mode) => {
  it('makes five exchanges, in order', async () => {
    const { seen } = await walk({ mode });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /auth/login',
      'GET /auth/me',
      'GET /auth/me',
      'POST /auth/logout',
      'GET /auth/me',
    ]);
  });

  it('explains each exchange before it, and says what each side keeps', async () => {
    const { lines } = await walk({ mode });
    const steps = lines.flatMap((line, at) => (/^\d\. /.test(line) ? [at] : []));
    expect(steps).toHaveLength(5);
    for (const at of steps) expect(lines[at + 1]).toMatch(/^ {3}> (GET|POST) http/);
    expect(lines.filter((line) => line.includes('The client keeps:'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('The server keeps:'))).toHaveLength(2);
  });

  it('is plain text, one line at a time, without password or credential', async () => {
    const { text, lines, seen } = await walk({ mode });
    const { authorization, cookie } = seen[1]?.headers ?? {};
    const credential = String(mode === 'stateless' ? authorization : cookie).replace(/^(Bearer |sid=)/, '');
    expect(credential.length).toBeGreaterThanOrEqual(43);
    expect(text).not.toContain(credential);
    expect(text).not.toContain('right password');
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
  });

  it('sends the same credential in both requests and in the replay', async () => {
    const { seen } = await walk({ mode });
    const header = mode === 'stateless' ? 'authorization' : 'cookie';
    const sent = [1, 2, 4].map((at) => seen[at]?.headers[header]);
    expect(new Set(sent).size).toBe(1);
    expect(sent[0]).toBeTypeOf('string');
  });

  it('registers first on request, and accepts that the name exists', async () => {
    const { result, seen } = await walk({ mode }, { register: true });
    expect(seen[0]?.url).toBe('/auth/register');
    expect(result).toMatchObject({ samePerson: true });
  });

  it('prints the refusal of a wrong password, then fails', async () => {
    const { result, text } = await walk({ mode }, { password: 'wrong' });
    expect(result).toMatchObject({ error: { code: 'ERR_CREDENTIALS_WRONG' } });
    expect(text).toContain('< 401 Unauthorized');
  });
});

it('shows the claims of a token, and nothing for a cookie', async () => {
  expect((await walk({ mode: 'stateless' })).text).toContain('can read its claims: {"sub":"demo-alice"}');
  await server?.close();
  expect((await walk({ mode: 'stateful' })).text).not.toContain('can read its claims');
});

it('reports that the stateless server still accepts the token', async () => {
  const { result, text } = await walk({ mode: 'stateless' });
  expect(result).toMatchObject({ mode: 'stateless', samePerson: true, replay: 'accepted' });
  expect(text).toContain('Still accepted.');
});

it('reports that a stateless server with revocation refuses the token, and says what that means', async () => {
  const { result, text } = await walk({ mode: 'stateless', revokes: true });
  expect(result).toMatchObject({ replay: 'refused' });
  expect(text).toContain('a list of revoked tokens');
});

it('reports that the stateful server refuses the cookie', async () => {
  const { result } = await walk({ mode: 'stateful' });
  expect(result).toEqual({
    mode: 'stateful',
    samePerson: true,
    replay: 'refused',
    servedBy: Array(5).fill('instance-1'),
  });
});
