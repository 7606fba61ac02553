// The gateway as a process: start, reload and end, and its errors if it cannot start.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Gateway, GatewayError, startNginx } from '../src/index.ts';
import { type Behaviour, startUpstream, type Upstream } from './upstream.ts';

let one: Upstream;
let other: Upstream;
let gateway: Gateway;
const held: (() => void)[] = [];

const hold: Behaviour = ({ path }, answer) => path === '/slow' && held.push(() => answer.end()) > 0;

beforeAll(async () => {
  [one, other] = await Promise.all([startUpstream('one', hold), startUpstream('other')]);
  gateway = await startNginx({ stateless: [one.url], stateful: [one.url] });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([one.stop(), other.stop()]);
});

const readServer = async () => (await fetch(`${gateway.url}/api/stateless/health`)).headers.get('x-served-by');

it('the gateway answers /health itself', async () => {
  const answer = await fetch(`${gateway.url}/health`);
  expect([answer.status, await answer.json(), answer.headers.get('x-served-by')]).toEqual([
    200,
    { status: 'ok' },
    'gateway',
  ]);
});

it('new requests go to the new servers when reload resolves', async () => {
  for (const [server, name] of [
    [other, 'other'],
    [one, 'one'],
  ] as const) {
    await gateway.reload({ stateless: [server.url] });
    const answers = await Promise.all(Array.from({ length: 20 }, readServer));
    expect(new Set(answers)).toEqual(new Set([name]));
  }
});

it('a reload lets running requests end at their old server', async () => {
  await gateway.reload({ stateless: [one.url] });
  const under = Array.from({ length: 20 }, () => fetch(`${gateway.url}/api/stateless/slow`));
  await vi.waitFor(() => expect(held.length).toBe(20), { timeout: 5_000, interval: 5 });
  await gateway.reload({ stateless: [other.url] });
  expect(await readServer()).toBe('other');
  for (const finish of held) finish();
  const answers = await Promise.all(under);
  expect(answers.map(({ status, headers }) => `${status} ${headers.get('x-served-by')}`)).toEqual(
    Array(20).fill('200 one'),
  );
  await gateway.reload({ stateless: [one.url] });
});

it('a reload with an invalid setting changes nothing', async () => {
  const error = await gateway.reload({ stateless: ['nowhere'] }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ exitCode: 64, message: expect.stringContaining('"nowhere" is no server') });
  await gateway.reload({});
  expect(await readServer()).toBe('one');
});

it('the error names a port that is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const error = await startNginx({ stateless: [one.url], stateful: [one.url], httpPort: port }).catch(
    (thrown: unknown) => thrown,
  );
  taken.close();
  expect(error).toBeInstanceOf(GatewayError);
  expect(error).toMatchObject({ exitCode: 1, message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`) });
});

/** A process that starts a gateway and stays. */
const STARTER = `
  const { startNginx } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
  const gateway = await startNginx({ stateless: ['127.0.0.1:1'], stateful: ['127.0.0.1:1'] });
  console.log(gateway.url);
  setInterval(() => {}, 1000);
`;

it.runIf(process.platform === 'linux')(
  'the gateway and its workers end with their starter, also if that is killed with -9',
  async () => {
    const starter = spawn(process.execPath, ['--conditions=@statecraft/source', '--input-type=module', '-e', STARTER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string];
    expect((await fetch(`${url}/health`)).status).toBe(200);
    starter.kill('SIGKILL');
    await vi.waitFor(() => expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed'), {
      timeout: 5_000,
      interval: 20,
    });
  },
);
