// What this machine has and lacks. Looking is here; printing is in scripts/doctor.ts.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { findExecutable } from './executables.ts';
import { howToInstall } from './install.ts';

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** Without it `npm start` or `npm test` does not run whole. */
  readonly needed: boolean;
  readonly detail: string;
  /** The command that mends it. */
  readonly fix?: string;
}

const PORTS = [3000, 3001, 3002, 8080, 443];

/** Programs by the names they go by; the first is what we would install. */
const NEEDED: readonly (readonly string[])[] = [
  ['redis-server', 'valkey-server'],
  ['nginx'],
  ['openssl'],
  ['chromium', 'chromium-browser', 'google-chrome'],
];
const USEFUL: readonly (readonly string[])[] = [['postgres', 'psql'], ['wrk']];

export async function examine(find = findExecutable): Promise<Finding[]> {
  return [
    nodeFinding(process.env.STATECRAFT_MACHINE_NODE ?? process.version),
    { name: 'pinned Node', ok: true, needed: true, detail: process.version },
    ...NEEDED.map((names) => programFinding(names, find, true)),
    ...USEFUL.map((names) => programFinding(names, find, false)),
    dockerFinding(find),
    ...(await Promise.all(PORTS.map(portFinding))),
    { name: 'CPU and memory', ok: true, needed: false, detail: `${availableParallelism()} cores, ${gib()} GiB` },
    filesFinding(),
  ];
}

/** 0: all that `npm start` and `npm test` need is there; 3: something is not. */
export const exitCodeOf = (findings: readonly Finding[]): 0 | 3 =>
  findings.some((finding) => finding.needed && !finding.ok) ? 3 : 0;

function nodeFinding(version: string): Finding {
  const ok = Number(/^v?(\d+)/.exec(version)?.[1] ?? 0) >= 20;
  return {
    name: 'Node',
    ok,
    needed: true,
    detail: version,
    ...(ok ? {} : { fix: 'https://nodejs.org (20 or later)' }),
  };
}

function programFinding(names: readonly string[], find: typeof findExecutable, needed: boolean): Finding {
  const found = names.map((name) => find(name)).find((path) => path !== undefined);
  const name = names.join(' or ');
  if (found !== undefined) return { name, ok: true, needed, detail: found };
  return { name, ok: false, needed, detail: 'not on the PATH', fix: howToInstall(names[0] ?? '') };
}

function dockerFinding(find: typeof findExecutable): Finding {
  const there = programFinding(['docker'], find, false);
  if (!there.ok || spawnSync('docker', ['version'], { stdio: 'ignore', timeout: 5_000 }).status === 0) return there;
  return { ...there, ok: false, detail: 'the program is there, but no engine answers', fix: 'start the docker engine' };
}

async function portFinding(port: number): Promise<Finding> {
  const server = createServer();
  const problem = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, () => resolve(undefined));
  });
  if (problem === undefined) await once(server.close(), 'close');
  const detail =
    problem === undefined ? 'free' : problem === 'EADDRINUSE' ? `in use: lsof -i :${port} says by whom` : problem;
  return { name: `port ${port}`, ok: problem === undefined, needed: false, detail };
}

function filesFinding(): Finding {
  const limit = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const ok = limit === 'unlimited' || Number(limit) >= 1024;
  const fix = ok ? {} : { fix: 'ulimit -n 65536' };
  return { name: 'file descriptors', ok, needed: false, detail: limit, ...fix };
}

const gib = (): string => (totalmem() / 2 ** 30).toFixed(0);
