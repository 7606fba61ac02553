// The example in docs/clients.md is this file, and it works; the page lists every error code of the package.

import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { CLIENT_DEFAULTS, CLIENT_ERRORS } from '../src/index.ts';
import { startDeviceServer } from './device-server.ts';
import { isRightPassword, shop, traceExchanges } from './examples/clients.ts';
import { bindSession } from './examples/device.ts';
import { fillCart } from './examples/readme.ts';
import { startServer, type TestServerOptions } from './server.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const page = read('../../../docs/clients.md');

async function open(mode: TestServerOptions['mode']): Promise<string> {
  const server = await startServer({ mode });
  onTestFinished(() => server.close());
  return server.url;
}

it('docs/clients.md shows the example as it is', () => {
  expect(page).toContain(`\`\`\`ts\n${read('examples/clients.ts')}\`\`\``);
});

it('the example shops with a session', async () => {
  const { user, items } = await shop(await open('stateful'), 'right password');
  expect(user.username).toBe('alice');
  expect(items).toEqual([{ sku: 'tea', quantity: 2 }]);
});

it('the example traces each exchange', async () => {
  const url = await open('stateless');
  expect(await traceExchanges(url, 'right password')).toEqual([
    expect.stringMatching(`^POST ${url}/auth/login: 200 in \\d+ ms$`),
    expect.stringMatching(`^GET ${url}/auth/me: 200 in \\d+ ms$`),
  ]);
});

it('the example tells a wrong password from a server that does not answer', async () => {
  const url = await open('stateless');
  expect(await isRightPassword(url, 'alice', 'right password')).toBe(true);
  expect(await isRightPassword(url, 'alice', 'wrong password')).toBe(false);
  await expect(isRightPassword('http://127.0.0.1:1', 'alice', 'x')).rejects.toMatchObject({
    code: 'ERR_CLIENT_UNREACHABLE',
  });
});

it('docs/clients.md shows the example of a device-bound session as it is', () => {
  expect(page).toContain(`\`\`\`ts\n${read('examples/device.ts')}\`\`\``);
});

it('the example binds a session', async () => {
  const server = await startDeviceServer();
  onTestFinished(() => server.close());
  expect(await bindSession(server.reach, 'right password')).toEqual(['binding 1']);
});

it('docs/clients.md lists every error code and the default timeout', () => {
  const listed = [...page.matchAll(/^\| `(ERR_CLIENT_\w+)` \|/gm)].map(([, code]) => code);
  expect(listed.sort()).toEqual(Object.keys(CLIENT_ERRORS).sort());
  expect(page).toContain(`| \`timeoutMs\` | \`${CLIENT_DEFAULTS.timeoutMs}\` |`);
});

it('the README of the package shows its example as it is', () => {
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('examples/readme.ts')}\`\`\``);
});

it('the example of the README fills the cart, and tells a wrong password', async () => {
  const url = await open('stateful');
  expect(await fillCart(url, 'right password')).toBe('alice has 1 item in the cart');
  expect(await fillCart(url, 'wrong password')).toBe('wrong password');
});
