// Starts each app of examples/ as its README says, and sends the curl calls that the README shows: the answers are
// those that it shows. The apps run on the built packages, as they do for a user.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { spawnBound, startRedis } from '../infra/dev/src/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const readPackage = (name: string) => JSON.parse(read(`examples/${name}/package.json`));
const examples = globSync('examples/*/package.json', { cwd: root }).map((file) => basename(dirname(file)));

/** No options of the test runner for the examples: they load the built packages. */
const { NODE_OPTIONS: _options, ...env } = process.env;

/** Starts a server as `npm start` does, on a free port, and returns the port. */
async function startServer(name: string, settings: Record<string, string>): Promise<string> {
  const [, ...args] = readPackage(name).scripts.start.split(' ');
  const server = spawnBound(process.execPath, args, {
    cwd: join(root, 'examples', name),
    env: { ...env, ...settings, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(server, 'exit');
  onTestFinished(async () => {
    server.kill();
    await exited;
  });
  return new Promise((resolve, reject) => {
    let log = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk) => {
        log += chunk;
        const port = /^Listening on http:\S+:(\d+)$/m.exec(log)?.[1];
        if (port !== undefined) resolve(port);
      });
    }
    server.once('close', () => reject(new Error(`examples/${name} ended before it listened.\n${log}`)));
  });
}

interface Calls {
  /** The lines of the README's block, a shell script. */
  readonly script: string;
  /** The answers in the comments of the block: status and body of each call. */
  readonly answers: readonly string[];
  /** The ports that the calls go to. */
  readonly ports: readonly string[];
}

/** Reads the block of calls in a README: each line with curl, and below it the answer in a comment. */
function readCalls(name: string): Calls {
  const [, script = ''] = /```sh\n(.*?)```/s.exec(read(`examples/${name}/README.md`)) ?? [];
  return {
    script,
    answers: [...script.matchAll(/^# (.*)$/gm)].map(([, answer = '']) => answer),
    ports: [...new Set([...script.matchAll(/localhost:(\d+)/g)].map(([, port = '']) => port))],
  };
}

/** Runs the script in an empty folder, and returns status and body of each call. */
function runCalls(script: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-example-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const printing = script.replace(/^curl /gm, "curl -sS -w '\\n%{http_code}\\n' ");
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', printing], { cwd: folder, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`The calls failed. They need sh and curl.\n${stderr}`);
  const lines = stdout.split('\n');
  return lines.flatMap((body, index) =>
    index % 2 === 0 && index + 1 < lines.length ? [`${lines[index + 1]} ${body}`] : [],
  );
}

/** Starts a server for each port of the README, and compares the answers. */
async function checkCalls(name: string, settings: Record<string, string>): Promise<void> {
  const { script, answers, ports } = readCalls(name);
  expect(answers.length).toBeGreaterThan(3);
  let ready = script;
  for (const port of ports)
    ready = ready.replaceAll(`localhost:${port}`, `localhost:${await startServer(name, settings)}`);
  const received = runCalls(ready);
  expect(received).toEqual(answers.map((answer, index) => completeAnswer(answer, received[index])));
}

/** The answer that was received, if it is what the README shows: there, … replaces any text. */
function completeAnswer(shown: string, received = ''): string {
  const [start = '', end] = shown.split('…');
  return end !== undefined && received.startsWith(start) && received.endsWith(end) ? received : shown;
}

describe.each(examples)('examples/%s', (name) => {
  it('answers the calls of its README as the README shows', async () => {
    if (name !== 'redis') return checkCalls(name, {});
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await checkCalls(name, { REDIS_URL: redis.url });
    await checkCalls(name, { REDIS_URL: redis.url, SESSION_CACHE: 'tracked' });
  });

  it('has a README that names its scripts', () => {
    const readme = read(`examples/${name}/README.md`);
    const scripts = Object.keys(readPackage(name).scripts).filter((script) => script !== 'typecheck');
    expect(scripts.filter((script) => !readme.includes(`\`npm ${script}\``))).toEqual([]);
  });

  it('depends on the versions that the rest of the repository uses', () => {
    const { catalog } = parse(read('pnpm-workspace.yaml'));
    const { devDependencies } = JSON.parse(read('package.json'));
    const own = Object.entries({ ...readPackage(name).dependencies, ...readPackage(name).devDependencies });
    const expected = own.map(([dependency, version]) => [
      dependency,
      dependency.startsWith('@statecraft/')
        ? 'workspace:*'
        : (catalog[dependency] ?? devDependencies[dependency] ?? version),
    ]);
    expect(own).toEqual(expected);
  });
});

/** Type errors in a copy of an example, which has no `customConditions`: it gets the types of the built packages. */
function findTypeErrors(name: string): string[] {
  const folder = join(root, 'examples', name);
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
  const { customConditions: _source, ...compilerOptions } = config.compilerOptions;
  const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, compilerOptions }, ts.sys, folder);
  const errors = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
  return errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

const typescriptExamples = examples.filter((name) => readPackage(name).scripts.typecheck !== undefined);

it.each(typescriptExamples)('a copy of examples/%s has no type errors', { timeout: 60_000 }, (name) => {
  expect(findTypeErrors(name)).toEqual([]);
});

it('examples/own-store passes the conformance kit by `npm test`', { timeout: 120_000 }, () => {
  const [, ...args] = readPackage('own-store').scripts.test.split(' ');
  const cwd = join(root, 'examples/own-store');
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env });
  expect(stdout).toMatch(/pass [1-9]\d/);
  expect({ status, failures: stdout.match(/^.*✖.*$/gm) }).toEqual({ status: 0, failures: null });
});

it('examples/README.md lists every example', () => {
  const listed = [...read('examples/README.md').matchAll(/^\| \[([\w-]+)\]\(\1\)/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...examples].sort());
});
