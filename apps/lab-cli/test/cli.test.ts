// The built command, run as its user does: exit codes, what goes to which stream, what is kept, and what Ctrl-C leaves.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

// Every test starts a Node; on a busy machine that alone takes a while.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const findKept = (name: string) => fileURLToPath(new URL(`../../../docs/runs/${name}.json`, import.meta.url));
const [CRASH, PAUSE] = [findKept('crash'), findKept('pause')];
const folder = mkdtempSync(join(tmpdir(), 'lab-cli-'));
const env = {
  ...process.env,
  STATECRAFT_RUNS: join(folder, 'runs'),
  INIT_CWD: folder,
  NO_COLOR: '1',
  npm_config_user_agent: 'npm/11',
};

function runLab(args: string[], extra: Record<string, string> = {}) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env: { ...env, ...extra } });
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('without a run', () => {
  it('lists the experiments, and how long each takes', () => {
    const { status, stdout } = runLab([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}two-requests {2,}\d+ s {2,}\d+ s {2}one user, two servers/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('prints help on --help, with every exit code and threshold, and how long each experiment takes', () => {
    const { status, stdout } = runLab(['--help']);
    expect(status).toBe(0);
    for (const word of ['--threshold', 'unexpected_401', '130 interrupted', 'npm run lab -- schema'])
      expect(stdout).toContain(word);
    expect(stdout).toMatch(/^ {2}crash {2,}\d+ s {2,}\d+ s {2}/m);
  });

  it.each([[['two-requests', '--help']], [['run', 'two-requests', '--help']], [['help', 'two-requests']]])(
    'prints what an experiment asks, its modes and sizes: %j',
    (args) => {
      const { status, stdout } = runLab(args);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Two requests \(two-requests\)\n\nWhen a user makes two requests/);
      expect(stdout).toMatch(/Modes:\n {2}jwt /);
    },
  );

  it('prints the JSON Schema of a report', () => {
    expect(JSON.parse(runLab(['schema']).stdout)).toMatchObject({ title: 'statecraft.report/2', type: 'object' });
  });
});

describe.each([
  ['an unknown mode', ['run', 'two-requests', '--mode', 'redi'], 'There is no mode "redi". Did you mean redis'],
  ['an unknown experiment', ['run', 'two-request'], 'There is no experiment "two-request". Did you mean two-requests'],
  ['an unknown command', ['repport'], 'There is no command "repport". Did you mean report'],
  ['an experiment without "run"', ['two-requests'], 'To run an experiment, type: npm run lab -- run two-requests'],
  ['no experiment', ['run'], 'Run what? There are: '],
  ['a name too many', ['run', 'two-requests', 'crash'], '"crash" is one name too many.'],
  ['a name for what takes none', ['schema', 'x'], '"x" is one name too many.'],
  ['help on what there is not', ['help', 'crahs'], 'There is no experiment "crahs". Did you mean crash'],
  ['an unknown option', ['run', 'two-requests', '--server', '3'], 'There is no option "server". Did you mean servers'],
  ['an option without its value', ['run', 'two-requests', '--seed'], "Option '--seed <value>' argument missing"],
  [
    'a number that is none',
    ['run', 'two-requests', '--servers', '3x'],
    '--servers must be a whole number, and is "3x".',
  ],
  ['a negative number', ['run', 'two-requests', '--users=-1'], '--users must be a whole number, and is "-1".'],
  [
    'a number out of bounds',
    ['run', 'two-requests', '--servers', '0'],
    '--servers must be a whole number from 1 to 100, and is 0.',
  ],
  ['an unknown gateway', ['run', 'two-requests', '--gateway', 'ngnix'], 'Did you mean nginx'],
  ['a target that is no URL', ['run', 'two-requests', '--target', 'localhost:3000'], '--target must be a URL'],
  ['a target where faults are needed', ['run', 'crash', '--target', 'http://127.0.0.1:1'], 'leave --target out'],
  ['an unknown threshold', ['run', 'two-requests', '--threshold', 'unexpected401=0'], 'Did you mean unexpected_401'],
  ['a threshold without a number', ['run', 'two-requests', '--threshold', 'lost=none'], "Example: 'unexpected_401=0'"],
  ['a report that is not there', ['report', 'nix'], 'There is no nix. Runs are in runs/.'],
  ['one run to compare', ['compare', CRASH], 'Compare what? Name two runs or more'],
  ['runs of different experiments', ['compare', CRASH, PAUSE], 'crash is of crash, pause of pause.'],
  ['an option that a comparison does not take', ['compare', CRASH, CRASH, '--seed', '7'], '--seed is not an option of'],
  ['an option that a report does not take', ['report', '--mode', 'jwt'], '--mode is an option of a run'],
])('%s', (_what, args, line) => {
  it('ends with 64, says what is allowed, and starts nothing', () => {
    const { status, stdout, stderr } = runLab(args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(line);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')) : []).toEqual([]);
  });
});

describe('a comparison', () => {
  const report = JSON.parse(readFileSync(CRASH, 'utf8'));
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));

  it('shows the files of a class, a row each, and writes every format', () => {
    for (const name of ['ana', 'ben', 'eva']) write(`${name}.json`, { ...report, seed: name.charCodeAt(0) });
    const files = ['--json', 'all.json', '--html', 'all.html', '--markdown', 'all.md'];
    const { status, stdout } = runLab(['compare', 'ana.json', 'ben.json', 'eva.json', ...files]);
    expect(status).toBe(0);
    for (const name of ['ana', 'ben', 'eva']) expect(stdout).toMatch(new RegExp(`^│ ${name} +│ ✓ As expected`, 'm'));
    expect(stdout).toContain('Seeds differ: 97 (ana); 98 (ben); 101 (eva).');
    const all = JSON.parse(readFileSync(join(folder, 'all.json'), 'utf8'));
    expect(all).toMatchObject({
      schema: 'statecraft.comparison/1',
      experiment: 'crash',
      runs: [{ name: 'ana' }, {}, {}],
    });
    expect(readFileSync(join(folder, 'all.html'), 'utf8')).toContain('<!doctype html>');
    expect(readFileSync(join(folder, 'all.md'), 'utf8')).toMatch(/^# One server crashes, side by side\n/);
  });

  it('leaves out what is no report of this version, says so in one line each, and ends with 2', () => {
    write('old.json', { ...report, schema: 'statecraft.report/1' });
    writeFileSync(join(folder, 'torn.json'), '{');
    const { status, stdout, stderr } = runLab(['compare', CRASH, 'old.json', 'torn.json', 'none.json', CRASH]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^Left out: old\.json is not a report\. Its schema is statecraft\.report\/1; .*\nLeft out: torn\.json is not a report\. It is not JSON\.\nLeft out: There is no none\.json\. .*\n$/,
    );
    expect(stdout).toContain('2 runs side by side');
  });
});

it('ends with 3 when the Redis at REDIS_URL does not answer', () => {
  const { status, stderr } = runLab(['run', 'two-requests', '--mode', 'redis'], {
    REDIS_URL: 'redis://127.0.0.1:1',
    STATECRAFT_RUNS: join(folder, 'other'),
  });
  expect(status).toBe(3);
  expect(stderr).toContain(
    'REDIS_URL is set, but 127.0.0.1:1 does not answer PING. Start that server, or unset REDIS_URL.',
  );
});

it('ends with 3 when --gateway nginx finds no openssl, and says what installs it', () => {
  const path = mkdtempSync(join(folder, 'path-'));
  // The command itself looks for nginx before openssl.
  writeFileSync(join(path, 'nginx'), '', { mode: 0o755 });
  const extra = { PATH: path, STATECRAFT_RUNS: join(folder, 'other') };
  const { status, stderr } = runLab(['run', 'crash', '--mode', 'jwt', '--gateway', 'nginx'], extra);
  expect(status).toBe(3);
  expect(stderr).toMatch(/there is no openssl on the PATH\. To install it: .*openssl/);
});

it('ends with 2 when the run cannot be made, and says why without a stack', () => {
  const { status, stderr } = runLab(['run', 'two-requests', '--mode', 'jwt'], { STATECRAFT_RUNS: join(main, 'runs') });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^ENOTDIR: not a directory, mkdir/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

describe('a real run', () => {
  let run: ReturnType<typeof runLab>;
  const files = ['--json', 'out/report.json', '--html', 'report.html', '--markdown', 'report.md'];

  beforeAll(() => {
    run = runLab(['run', 'two-requests', '--mode', 'memory', '--threshold', 'wrong_user=0', '--seed', '7', ...files]);
  });

  it('says the verdict first, on stdout, and ends with 0', () => {
    expect(run.stdout).toMatch(/^✓ As expected\. /);
    expect(run.status).toBe(0);
  });

  it('says what it does on stderr, a line for each step and fault', () => {
    expect(run.stderr).toMatch(/^memory: starting two servers …$/m);
    expect(run.stderr).toMatch(/^ {2}\d+\.\d s: .*kill -9/m);
  });

  it('has a check for the threshold, and the line that runs it again', () => {
    expect(runLab(['report', '--details', '--threshold', 'wrong_user=0']).stdout).toContain(
      '✓ wrong_user = 0: in all 4',
    );
    expect(run.stdout).toMatch(/^Again: .*run two-requests --mode memory --threshold 'wrong_user=0' --seed 7$/m);
  });

  it('writes the files that were asked for, seen from where the user is', () => {
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<!doctype html>');
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toMatch(/^# Two requests\n/);
    expect(JSON.parse(readFileSync(join(folder, 'out/report.json'), 'utf8'))).toMatchObject({
      verdict: 'holds',
      seed: 7,
    });
    expect(run.stdout).toContain('Written: out/report.json\n');
  });

  it('is kept, and runs/latest leads to it', () => {
    const latest = join(folder, 'runs', 'latest');
    expect(readlinkSync(latest)).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-two-requests$/);
    expect(readdirSync(latest)).toEqual(
      expect.arrayContaining(['events.ndjson', 'plan.json', 'report.html', 'report.json']),
    );
    expect(JSON.parse(readFileSync(`${latest}.json`, 'utf8'))).toMatchObject({ schema: 'statecraft.report/2' });
    expect(readFileSync(`${latest}.html`, 'utf8')).toBe(readFileSync(join(folder, 'report.html'), 'utf8'));
  });

  it('is made again from its raw events, the same to the letter', () => {
    const { status, stdout } = runLab(['report', 'runs/latest', '--threshold', 'wrong_user=0', '--json', '-']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(folder, 'out/report.json'), 'utf8')));
  });

  it('is reported from runs/latest without a name, and from a JSON file', () => {
    expect(runLab(['report']).stdout).toMatch(/^✓ As expected\. /);
    expect(runLab(['report', 'out/report.json', '--markdown', '-']).stdout).toMatch(/^# Two requests\n/);
  });

  it('ends with 1 when a threshold is missed, and says so first', () => {
    const { status, stdout } = runLab(['report', '--threshold', 'lost=0']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✗ Broken\. .*Threshold lost = 0: missed: 1 in memory/s);
  });

  it('ends with 2 when no part measured a threshold', () => {
    expect(runLab(['report', '--threshold', 'recovery_s<1']).status).toBe(2);
  });

  it('ends with 64 for a file that is no report', () => {
    const { status, stderr } = runLab(['report', 'report.md']);
    expect(status).toBe(64);
    expect(stderr).toContain('report.md is not a report. It is not JSON.');
  });
});

describe('interrupted', () => {
  it.each([
    ['SIGINT', /starting two servers/, 130],
    ['SIGINT', /kill -9, restart/, 130],
    ['SIGINT', /signing out/, 130],
    ['SIGTERM', /asking the second server/, 143],
  ] as const)('by %s at "%s" ends all that it started, then with %i', async (signal, step, code) => {
    // A process group of its own, so that whatever it leaves behind is found by that.
    const child = spawn(process.execPath, [main, 'run', 'two-requests', '--mode', 'jwt'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const stderr = await waitForStderr(child, step);
    child.kill(signal);
    // npm passes on what the terminal has sent to the whole group already.
    child.kill(signal);
    const [status] = await once(child, 'close');
    expect(status).toBe(code);
    expect(listGroup(child.pid ?? 0)).toEqual([]);
    expect(stderr()).toContain('Interrupted: ending everything that was started');
    expect(stderr()).toContain('What was seen until then: ');
  });
});

async function waitForStderr(child: ChildProcess, pattern: RegExp): Promise<() => string> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      text += chunk;
      if (pattern.test(text)) resolve();
    });
    child.once('close', () => reject(new Error(`It ended before:\n${text}`)));
  });
  return () => text;
}

/** Zombies have ended; their parent has not read the exit code yet. */
function listGroup(pid: number): string[] {
  const { stdout } = spawnSync('ps', ['-e', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => new RegExp(`^\\s*${pid} +[^Z]`).test(line));
}
