// npm run gateway as a user types it: what it starts, what it prints, and how it fails.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../infra/dev/src/index.ts';
import { readGatewayCommand } from '../infra/nginx/src/gateway-options.ts';
import { listCertificateFiles } from '../infra/nginx/src/index.ts';
import { DEMO_PASSWORD } from '../packages/accounts/src/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
// Without npm's variables: the hints then name npm, also if pnpm runs the tests.
const env = { PATH: process.env.PATH, PASSWORD_MEMORY_KIB: '8' };
const listArguments = (name: string, args: readonly string[]) => [
  '--conditions=@statecraft/source',
  `infra/nginx/src/${name}-command.ts`,
  ...args,
];
const run = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, listArguments(name, args), { cwd: root, encoding: 'utf8', env });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'statecraft-gateway-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('wrong usage', () => {
  it.each([
    [['--stateful', '0'], '--stateful is "0"; it must be a whole number from 1 to 20.'],
    [['--stateful', 'localhost'], '--stateful: "localhost" is not a server'],
    [['--affinity', 'ip'], '--affinity is "ip"; it must be cookie or none.'],
    [['--http-port', '80800'], '--http-port is "80800"; it must be a whole number from 1 to 65535.'],
    [['--http-port', '9000', '--https-port', '9000'], 'must be two ports'],
    [['--certificate', 'a.crt'], '--certificate and --key go together.'],
    [['--sign-ins', 'none'], '--sign-ins is "none"'],
  ])('gateway %j ends with 64 and says what is wrong', (args, what) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => error.mockRestore());
    expect(readGatewayCommand(args)).toBe(64);
    expect(error.mock.calls.join()).toContain(what);
  });

  it.each([
    ['gateway', ['--statefull', '3'], "Unknown option '--statefull'."],
    ['certificate', ['--host', 'a b'], '--host is "a b"'],
    ['certificate', ['--days', '0'], '--days is "0"'],
  ])('%s %j ends with 64 and does nothing', (name, args, what) => {
    const { status, stdout, stderr } = run(name, ...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(what);
  });
});

it.each(['gateway', 'certificate'])('%s --help prints the help on stdout and ends with 0', (name) => {
  const { status, stdout, stderr } = run(name, '--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Exit code:');
});

it('--check runs nginx -t on the configuration and starts nothing', () => {
  const { status, stdout } = run('gateway', '--check', '--stateful', '3', '--https-port', '8443');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^nginx [\d.]+ finds nothing wrong with the configuration\.\n$/);
});

describe('the gateway says what is wrong and how to fix it', () => {
  const findFreePorts = async () => ['--http-port', String(await freePort()), '--https-port', String(await freePort())];

  it('if a server does not answer', async () => {
    const { status, stderr } = run('gateway', ...(await findFreePorts()), '--stateless', '127.0.0.1:1');
    expect(status).toBe(1);
    expect(stderr).toContain(
      '--stateless: http://127.0.0.1:1/health does not answer. Start a server there: PORT=1 npm run server:stateless',
    );
  });

  it('if a port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { status, stderr } = run('gateway', ...(await findFreePorts()).slice(0, 2), '--https-port', String(port));
    taken.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is in use by another process`);
  });

  it('if a certificate is missing', async () => {
    const { status, stderr } = run(
      'gateway',
      ...(await findFreePorts()),
      '--certificate',
      join(folder, 'no.crt'),
      '--key',
      join(folder, 'no.key'),
    );
    expect(status).toBe(64);
    expect(stderr).toContain(
      `${join(folder, 'no.crt')} is missing or cannot be read. To make one: npm run gateway:certificate`,
    );
  });
});

it('gateway:certificate makes a certificate, and overwrites one only with --force', () => {
  const into = ['--folder', join(folder, 'tls'), '--host', 'shop.example', '--days', '7'];
  const files = listCertificateFiles(join(folder, 'tls'));
  expect(run('certificate', ...into)).toMatchObject({
    status: 0,
    stdout: `${files.certificate}\n${files.key}\n`,
  });
  expect(statSync(files.key).mode & 0o777).toBe(0o600);
  const again = run('certificate', ...into);
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('--force')]);
  expect(run('certificate', ...into, '--force').status).toBe(0);
});

/** Starts the gateway with a database of its own. */
async function startGateway(...options: string[]) {
  const [http, https] = [await freePort(), await freePort()];
  const args = ['--http-port', String(http), '--https-port', String(https), ...options];
  const child = spawn(process.execPath, listArguments('gateway', args), {
    cwd: root,
    env: { ...env, DATABASE_URL: `sqlite:${join(folder, `users-${http}.sqlite`)}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  return { child, closed: once(child, 'close'), said, http, https };
}

it('the gateway starts both APIs and nginx, goes on when a server is killed, and ends all of it at Ctrl-C', async () => {
  const { child, closed, said, http, https } = await startGateway('--stateful', '2');
  try {
    await vi.waitFor(() => expect(said.out).toContain('Ctrl-C'), { timeout: 30_000, interval: 50 });
    expect(said.out).toContain(
      `\n  curl http://localhost:${http}/api/stateless/health\n  curl -k https://localhost:${https}/api/stateful/health\n`,
    );
    expect(said.out).toContain(`their password is ${DEMO_PASSWORD}.`);
    const health = (api: string) => fetch(`http://localhost:${http}/api/${api}/health`);
    expect((await Promise.all(['stateless', 'stateful'].map(health))).map(({ status }) => status)).toEqual([200, 200]);
    const pids = [...said.err.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));
    expect(pids.length).toBe(3);

    process.kill(pids[1] ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(said.err).toContain('stateful-1 ended (SIGKILL); requests go to the others'), {
      timeout: 5_000,
    });
    for (let count = 0; count < 10; count++)
      expect((await health('stateful')).headers.get('x-served-by')).toBe('stateful-2');

    child.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(health('stateless')).rejects.toThrow('fetch failed');
    const log = /a line for each request: (\S+)/.exec(said.out)?.[1] ?? '';
    expect([log.endsWith('access.log'), existsSync(log)]).toEqual([true, false]);
  } finally {
    child.kill('SIGKILL');
  }
}, 60_000);

it('a user who registered at one server signs in at each of three, of both APIs, through the gateway', async () => {
  const servers = ['--stateless', '3', '--stateful', '3', '--redis', '--sign-ins', 'off'];
  const { child, closed, said, http } = await startGateway(...servers);
  const post = (api: string, path: string, body: object) =>
    fetch(`http://localhost:${http}/api/${api}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const dora = { username: 'dora', password: 'right horse battery' };
  try {
    await vi.waitFor(() => expect(said.out).toContain('Ctrl-C'), { timeout: 60_000, interval: 50 });
    expect((await post('stateless', '/auth/register', dora)).status).toBe(201);
    for (const api of ['stateless', 'stateful']) {
      const signIns = await Promise.all(Array.from({ length: 12 }, () => post(api, '/auth/login', dora)));
      expect(signIns.map(({ status }) => status)).toEqual(signIns.map(() => 200));
      const names = new Set(signIns.map(({ headers }) => headers.get('x-served-by')));
      expect([...names].sort()).toEqual([1, 2, 3].map((number) => `${api}-${number}`));
      expect((await post(api, '/auth/register', { ...dora, username: 'DORA' })).status).toBe(409);
    }
    for (const client of ['stateless', 'stateful']) {
      const args = ['--conditions=@statecraft/source', 'scripts/walk.ts', client];
      const walk = spawn(process.execPath, [...args, `http://localhost:${http}/api/${client}`], { cwd: root, env });
      expect(await once(walk, 'close')).toEqual([0, null]);
    }
    child.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
}, 180_000);
