// Without a usable answer, the error says what happened and what to do next.

import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { CLIENT_ERRORS, ClientError, type Exchange, StatelessClient } from '../src/index.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Returns a port on which nothing listens. */
async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it('says that no server listens, and what to try', async () => {
  const baseUrl = `http://127.0.0.1:${await findFreePort()}`;
  const error = await new StatelessClient({ baseUrl }).me().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ClientError);
  expect(error).toMatchObject({ code: 'ERR_CLIENT_UNREACHABLE' });
  expect((error as Error).message).toContain('nothing listens there');
  expect((error as Error).message).toContain(`curl ${baseUrl}/health`);
});

it.each(['/slow', '/slow-body'])('gives up on %s if the complete answer does not arrive in time', async (path) => {
  server = await startServer({ mode: 'stateless' });
  const client = new StatelessClient({ baseUrl: server.url, timeoutMs: 50 });
  await expect(client.send('GET', path)).rejects.toMatchObject({
    code: 'ERR_CLIENT_TIMEOUT',
    message: expect.stringContaining('within 50 ms'),
  });
});

it('traces a failed exchange as well, with the reason', async () => {
  const exchanges: Exchange[] = [];
  const baseUrl = `http://127.0.0.1:${await findFreePort()}`;
  const client = new StatelessClient({ baseUrl, trace: (exchange) => exchanges.push(exchange) });
  await client.me().catch(() => {});
  expect(exchanges).toMatchObject([{ answer: undefined, failure: { code: 'ERR_CLIENT_UNREACHABLE' } }]);
});

it('refuses a credential that contains a line break, and sends nothing', async () => {
  server = await startServer({ mode: 'stateless' });
  const client = new StatelessClient({ baseUrl: server.url }).withCredential('a\r\nx-evil: 1');
  await expect(client.me()).rejects.toMatchObject({ code: 'ERR_CLIENT_REQUEST_INVALID' });
  expect(server.seen).toEqual([]);
});

it.each(['', 'localhost:3000', 'ftp://x', 'http://a:b@x', 'http://x?y=1', 'http://x#y'])(
  'refuses %j as baseUrl',
  (baseUrl) => {
    expect(() => new StatelessClient({ baseUrl })).toThrow(
      expect.objectContaining({ code: 'ERR_CLIENT_OPTION_INVALID' }),
    );
  },
);

it.each([0, -1, 1.5, Number.NaN])('refuses %j as timeoutMs', (timeoutMs) => {
  expect(() => new StatelessClient({ baseUrl: 'http://localhost', timeoutMs })).toThrow(ClientError);
});

it('gives every code a text', () => {
  for (const [code, text] of Object.entries(CLIENT_ERRORS)) expect([code, text.length > 10]).toEqual([code, true]);
});
