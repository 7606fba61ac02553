// The scripts of package.json as a user types them: on a fresh clone, with a typing error, beside other programs' data.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startRedis } from '../infra/dev/src/index.ts';
import { cleanUp, connect } from '../scripts/cleanup.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const scripts = Object.entries(JSON.parse(read('package.json')).scripts as Record<string, string>);

describe('on a fresh clone', () => {
  it.each(scripts)('%s sets up before it calls anything', (_name, command) => {
    const [, first = ''] = /^node (scripts\/\w+\.mjs)/.exec(command) ?? [];
    expect(first).not.toBe('');
    expect(read(first)).toMatch(/^setUp\(\);$/m);
  });
});

describe('wrong usage', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--conditions=@statecraft/source', ...args], { cwd: root, encoding: 'utf8' });

  it.each([
    ['doctor', ['--jsn'], "Unknown option '--jsn'."],
    ['doctor', ['all'], "Unexpected argument 'all'."],
    ['cleanup', ['--dry-run'], "Unknown option '--dry-run'."],
    ['serve', ['stateless', '--wach'], "Unknown option '--wach'."],
    ['serve', ['statelss'], 'Unknown mode "statelss".'],
    ['walk', ['stateful', '--revel'], "Unknown option '--revel'."],
    ['walk', ['stateful', 'localhost'], 'ERR_CLIENT_OPTION_INVALID'],
  ])('%s %j: says what, shows the help, ends with 64 and does nothing', (script, args, what) => {
    const { status, stdout, stderr } = run(`scripts/${script}.ts`, ...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each(['doctor', 'cleanup', 'serve', 'walk'])('%s --help: the help on stdout, and 0', (script) => {
    const { status, stdout, stderr } = run(`scripts/${script}.ts`, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Exit code:');
  });
});

describe('serve', () => {
  it('ends its server when the shell that npm started is killed', async () => {
    const env = { ...process.env, PORT: '0', LOG_LEVEL: 'silent' };
    const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/tool.mjs serve memory; true`], { cwd: root, env });
    onTestFinished(() => void shell.kill('SIGKILL'));
    let said = '';
    shell.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const urlOf = () => /listens on (http\S+)/.exec(said)?.[1] ?? '';
    await vi.waitFor(() => expect(urlOf()).not.toBe(''), { timeout: 20_000, interval: 50 });
    expect((await fetch(`${urlOf()}/health`)).status).toBe(200);
    shell.kill('SIGKILL');
    const isOver = () => expect(fetch(`${urlOf()}/health`)).rejects.toThrow('fetch failed');
    await vi.waitFor(isOver, { timeout: 10_000, interval: 50 });
  }, 40_000);

  it('a Redis that does not answer is one line that says so, and 1', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@statecraft/source', 'scripts/serve.ts', 'redis'],
      { cwd: root, encoding: 'utf8', env: { ...process.env, REDIS_URL: 'redis://:hunter2@127.0.0.1:1' } },
    );
    expect(status).toBe(1);
    expect(stderr).toBe(
      'REDIS_URL is set, but 127.0.0.1:1 does not answer PING. Start that server, or unset REDIS_URL.\n',
    );
  });
});

describe('cleanup', () => {
  function tree(): string {
    const home = mkdtempSync(join(tmpdir(), 'statecraft-cleanup-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    for (const folder of ['runs', 'packages/one/dist', 'packages/one/src', 'apps', 'infra'])
      mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, 'packages/one/src/index.ts'), '');
    return home;
  }

  function silence() {
    const said = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')].map((spy) => spy.mockImplementation(() => {}));
    onTestFinished(() => said.forEach((spy) => void spy.mockRestore()));
    return () => said.flatMap(({ mock }) => mock.calls.flat()).join('\n');
  }

  it('removes our sessions, and leaves what other programs keep under the same prefix', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const client = await connect(server.url);
    onTestFinished(() => client.disconnect());
    await client.hset('sess:AAAAAAAAAAAAAAAA', 'digest', 'record');
    await client.set('sess:Zm9yZWlnbiBzZXNzaW9uIG9mIGNvbm5lY3QtcmVkaXM', 'connect-redis');
    await client.set('other', 'kept');
    const said = silence();
    expect(await cleanUp([], { REDIS_URL: server.url }, tree())).toBe(0);
    expect(said()).toContain('removed the sessions of 1 users');
    expect((await client.keys('*')).sort()).toEqual(['other', 'sess:Zm9yZWlnbiBzZXNzaW9uIG9mIGNvbm5lY3QtcmVkaXM']);
  });

  it('removes runs/ and builds, and no source', async () => {
    const home = tree();
    silence();
    await cleanUp([], { REDIS_URL: 'redis://127.0.0.1:1' }, home);
    const left = ['runs', 'packages/one/dist', 'packages/one/src/index.ts'].filter((path) =>
      existsSync(join(home, path)),
    );
    expect(left).toEqual(['packages/one/src/index.ts']);
  });

  it('says why a REDIS_URL cannot be used, without its password, and ends with 3', async () => {
    const said = silence();
    expect(await cleanUp([], { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }, tree())).toBe(3);
    expect(said()).toContain('ECONNREFUSED');
    expect(said()).not.toContain('hunter2');
  });

  it('names a wrong password as what it is, not as a server that is not there', async () => {
    const server = await startRedis(['--requirepass', 'right']);
    onTestFinished(() => server.stop());
    const said = silence();
    expect(await cleanUp([], { REDIS_URL: server.url.replace('//', '//:wrong@') }, tree())).toBe(3);
    expect(said()).toContain('WRONGPASS');
  });
});
