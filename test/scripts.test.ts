// The scripts of package.json as a user types them: with typing errors, and beside the data of other programs.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startRedis } from '../infra/dev/src/index.ts';
import { cleanUp, connectRedis } from '../scripts/cleanup.ts';
import { nameInspector } from '../scripts/inspector.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe('package.json', () => {
  it('starts every script with run.mjs, which installs the packages first', () => {
    const others = Object.entries(scripts).filter(
      ([, command]) => !/^node scripts\/run\.mjs [a-z-]+( |$)/.test(command),
    );
    expect(others).toEqual([]);
  });

  it('has at most 30 scripts besides the lifecycle hook', () => {
    expect(Object.keys(scripts).filter((name) => name !== 'prepare').length).toBeLessThanOrEqual(30);
  });

  it('names only commands that run.mjs has', () => {
    const { stderr, status } = spawnSync(process.execPath, ['scripts/run.mjs', 'nothing'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).toBe(64);
    const commands = /There are: (.*)\./.exec(stderr)?.[1]?.split(', ');
    const named = Object.values(scripts).map((command) => command.split(' ')[2]);
    expect([...new Set(named)].sort()).toEqual(commands?.sort());
  });

  it('has no dependency that npm cannot read', () => {
    const { dependencies = {}, devDependencies } = JSON.parse(read('package.json'));
    expect(Object.values({ ...dependencies, ...devDependencies }).filter((range) => /:/.test(String(range)))).toEqual(
      [],
    );
  });
});

describe('the inspector of the tests', () => {
  it('is not given the name of a test file as its host', () => {
    expect(nameInspector(['--inspect', 'a.test.ts'])).toEqual(['--inspect=127.0.0.1:9229', 'a.test.ts']);
    expect(nameInspector(['--inspect-brk', 'a.test.ts'])).toEqual(['--inspect-brk=127.0.0.1:9229', 'a.test.ts']);
  });

  it('keeps an address that was typed', () => {
    expect(nameInspector(['--inspect=9333', '-t', 'inspect'])).toEqual(['--inspect=9333', '-t', 'inspect']);
  });
});

describe('wrong usage', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--conditions=@statecraft/source', ...args], { cwd: root, encoding: 'utf8' });

  it.each([
    ['doctor', ['--jsn'], "Unknown option '--jsn'."],
    ['doctor', ['all'], "Unexpected argument 'all'."],
    ['cleanup', ['--dry'], "Unknown option '--dry'."],
    ['serve', ['stateless', '--wach'], "Unknown option '--wach'."],
    ['serve', ['statelss'], 'Unknown mode "statelss".'],
    ['docs', ['erors'], 'Unknown name "erors".'],
    ['docs', [], 'No name was given.'],
    ['walk', ['statefull'], 'Unknown client "statefull".'],
    ['walk', ['stateful', '--revel'], "Unknown option '--revel'."],
    ['walk', ['stateful', 'localhost'], 'ERR_CLIENT_OPTION_INVALID'],
  ])('%s %j says what is wrong, ends with 64 and does nothing', (script, args, what) => {
    const { status, stdout, stderr } = run(`scripts/${script}.ts`, ...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each(['doctor', 'docs', 'cleanup', 'serve', 'walk'])(
    '%s --help prints the help on stdout and ends with 0',
    (script) => {
      const { status, stdout, stderr } = run(`scripts/${script}.ts`, '--help');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('Exit code:');
    },
  );
});

describe('serve', () => {
  it('ends its server when the shell that npm started is killed', async () => {
    const env = { ...process.env, PORT: '0', LOG_LEVEL: 'silent' };
    const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/run.mjs serve memory; true`], { cwd: root, env });
    onTestFinished(() => void shell.kill('SIGKILL'));
    let said = '';
    shell.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const readUrl = () => /listens on (http\S+)/.exec(said)?.[1] ?? '';
    await vi.waitFor(() => expect(readUrl()).not.toBe(''), { timeout: 20_000, interval: 50 });
    expect((await fetch(`${readUrl()}/health`)).status).toBe(200);
    shell.kill('SIGKILL');
    const isOver = () => expect(fetch(`${readUrl()}/health`)).rejects.toThrow('fetch failed');
    await vi.waitFor(isOver, { timeout: 10_000, interval: 50 });
  }, 40_000);

  it('prints one line and ends with 1 if the Redis does not answer', () => {
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
  function makeTree(): string {
    const home = mkdtempSync(join(tmpdir(), 'statecraft-cleanup-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    for (const folder of ['runs', FETCHED, 'packages/one/dist', 'packages/one/src', 'apps', 'infra'])
      mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, 'packages/one/src/index.ts'), '');
    return home;
  }

  const FETCHED = 'node_modules/.cache/statecraft';
  const NO_REDIS = 'redis://127.0.0.1:1';
  const listLeft = (home: string) =>
    ['runs', FETCHED, 'packages/one/dist', 'packages/one/src/index.ts'].filter((path) => existsSync(join(home, path)));

  function muteConsole() {
    const said = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')].map((spy) => spy.mockImplementation(() => {}));
    onTestFinished(() => said.forEach((spy) => void spy.mockRestore()));
    return () => said.flatMap(({ mock }) => mock.calls.flat()).join('\n');
  }

  it('removes the sessions of this project, and leaves what other programs keep under the same prefix', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const client = await connectRedis(server.url);
    onTestFinished(() => client.disconnect());
    await client.hset('sess:AAAAAAAAAAAAAAAA', 'digest', 'record');
    await client.set('sess:Zm9yZWlnbiBzZXNzaW9uIG9mIGNvbm5lY3QtcmVkaXM', 'connect-redis');
    await client.set('other', 'kept');
    const printed = muteConsole();
    expect(await cleanUp(['--dry-run'], { REDIS_URL: server.url }, makeTree())).toBe(0);
    expect(printed()).toContain('Would remove the sessions in Redis');
    expect(await client.dbsize()).toBe(3);
    expect(await cleanUp([], { REDIS_URL: server.url }, makeTree())).toBe(0);
    expect(printed()).toContain('Removed the sessions of 1 users from Redis.');
    expect((await client.keys('*')).sort()).toEqual(['other', 'sess:Zm9yZWlnbiBzZXNzaW9uIG9mIGNvbm5lY3QtcmVkaXM']);
  });

  it('removes runs/, builds and fetched programs, and no source', async () => {
    const home = makeTree();
    muteConsole();
    await cleanUp([], { REDIS_URL: NO_REDIS }, home);
    expect(listLeft(home)).toEqual(['packages/one/src/index.ts']);
  });

  it('--dry-run prints the folders that it would remove, and removes none', async () => {
    const home = makeTree();
    const printed = muteConsole();
    await cleanUp(['--dry-run'], { REDIS_URL: NO_REDIS }, home);
    expect(printed()).toContain('Would remove packages/one/dist/');
    expect(listLeft(home)).toEqual(['runs', FETCHED, 'packages/one/dist', 'packages/one/src/index.ts']);
  });

  it('ends with 3 if REDIS_URL cannot be used, and says why without its password', async () => {
    const printed = muteConsole();
    expect(await cleanUp([], { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }, makeTree())).toBe(3);
    expect(printed()).toContain('ECONNREFUSED');
    expect(printed()).not.toContain('hunter2');
  });

  it('says that the password is wrong, not that the server is missing', async () => {
    const server = await startRedis(['--requirepass', 'right']);
    onTestFinished(() => server.stop());
    const printed = muteConsole();
    expect(await cleanUp([], { REDIS_URL: server.url.replace('//', '//:wrong@') }, makeTree())).toBe(3);
    expect(printed()).toContain('WRONGPASS');
  });
});

describe('npm test', () => {
  /** run.mjs with programs that only note that they were called. @returns their calls */
  function runCopy(args: readonly string[], vitestCode: number): string[] {
    const copy = mkdtempSync(join(tmpdir(), 'statecraft-run-'));
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    mkdirSync(join(copy, 'scripts'));
    mkdirSync(join(copy, 'node_modules/.bin'), { recursive: true });
    const modules = readdirSync(new URL('../scripts', import.meta.url)).filter((name) => name.endsWith('.mjs'));
    for (const file of modules) writeFileSync(join(copy, 'scripts', file), read(`scripts/${file}`));
    writeFileSync(join(copy, 'pnpm-lock.yaml'), '');
    writeFileSync(join(copy, 'node_modules/.statecraft-setup'), createHash('sha256').update('').digest('hex'));
    for (const [tool, code] of Object.entries({ node: 0, turbo: 0, vitest: vitestCode })) {
      const script = `#!/bin/sh\necho "${tool} $*" >> "${copy}/calls"\nexit ${code}\n`;
      writeFileSync(join(copy, 'node_modules/.bin', tool), script, { mode: 0o755 });
    }
    const { status } = spawnSync(process.execPath, [join(copy, 'scripts/run.mjs'), 'test', ...args]);
    expect(status).toBe(vitestCode);
    return readFileSync(join(copy, 'calls'), 'utf8').trim().split('\n');
  }

  it('notes for the checklist of the course that all tests have passed', () => {
    expect(runCopy([], 0).at(-1)).toMatch(/^node .*apps\/learn\/src\/record-tests\.ts$/);
  });

  it('notes nothing if a test fails, or if arguments choose the tests', () => {
    expect(runCopy([], 1).at(-1)).toMatch(/^vitest /);
    expect(runCopy(['test/a.test.ts'], 0).at(-1)).toMatch(/^vitest .*test\/a\.test\.ts$/);
  });
});
