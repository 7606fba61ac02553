// Many users at one server: what each weighs there and in Redis, and how long requests take meanwhile.

import { DatabaseSync } from 'node:sqlite';
import { formatBytes, formatCount } from '../common/format.ts';
import type { Check, ExperimentContext, Part, PartSummary } from '../contracts/experiment.ts';
import { findPart } from '../judge/parts.ts';
import { runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population } from '../load/population.ts';
import { registerAccounts, signIn } from '../load/sign-in.ts';
import { readSessionBytes } from '../processes/postgres-facts.ts';
import { readRedisFacts } from '../processes/redis-facts.ts';
import type { ServerProcess } from '../processes/server.ts';

export interface Crowd {
  readonly population: Population;
  /** Started with the preload `heap`. */
  readonly server: ServerProcess;
  /** How many users are signed in. */
  users: number;
  /** The first weighing. Before it the server is warm: code is compiled, connections are open. */
  base?: Weighing;
}

interface Weighing {
  readonly users: number;
  /** What the server holds after a collection of garbage. */
  readonly heapBytes: number;
  readonly redisBytes: number;
  readonly fileBytes: number;
  readonly postgresBytes: number;
}

/** With fewer users between two weighings, bytes per user mean nothing. */
const WEIGHABLE = 1_000;
/** Sign-ins at the same time. */
const PARALLEL = 32;

/**
 * The environment of a server that gets a crowd. Users who share an account are its devices. The cache of verified
 * tokens is off: it is bounded, the server does not need it, and it would hide what a token itself weighs.
 */
export const createCrowdEnv = ({ side }: ExperimentContext): Readonly<Record<string, string>> =>
  side.api === 'stateless' ? { JWT_CACHE_ENTRIES: '0' } : { SESSION_MAX_PER_USER: '1000' };

export async function prepareCrowd(
  context: ExperimentContext,
  server: ServerProcess,
  users: number,
  accounts: number,
): Promise<Crowd> {
  const population = createPopulation(context, users, accounts);
  context.step(`registering ${formatCount(population.accounts)} accounts`);
  await registerAccounts(context, population, [server.url]);
  return { population, server, users: 0 };
}

/** Signs users in until there are so many. Not through the gateway, which they would keep busy for a minute. */
export async function growCrowd(part: Part, crowd: Crowd, to: number): Promise<void> {
  const users = Array.from({ length: to - crowd.users }, (_, index) => crowd.users + index);
  part.context.step(`signing ${formatCount(users.length)} users in`);
  await signIn(part, crowd.population, { at: crowd.server.url, users, parallel: PARALLEL });
  crowd.users = to;
}

/** All signed-in users ask at `at`, then the crowd is weighed. */
export async function loadCrowd(part: Part, crowd: Crowd, at: string): Promise<void> {
  const { context } = part;
  const { rate, seconds } = context.options;
  context.step(`${formatCount(crowd.users)} users signed in; ${rate} requests/s for ${seconds} s`);
  const label = `crowd ${crowd.users}`;
  await runOpenLoop(part, crowd.population, { at, label, warmUpSeconds: 1, among: crowd.users });
  await weighCrowd(part, crowd);
}

/** Bytes per user are those of the users since the first weighing. */
export async function weighCrowd(part: Part, crowd: Crowd): Promise<void> {
  const { context } = part;
  const { needsRedis, needsFile, needsPostgres } = context.side;
  const heapBytes = await crowd.server.callPreload('heap');
  const redisBytes = needsRedis ? (await readRedisFacts(context.redisUrl())).usedBytes : 0;
  const fileBytes = needsFile ? readFileBytes(context.sessionFile()) : 0;
  const postgresBytes = needsPostgres ? await readSessionBytes(context.postgres().url) : 0;
  crowd.base ??= { users: crowd.users, heapBytes, redisBytes, fileBytes, postgresBytes };
  const users = crowd.users - crowd.base.users;
  const recordPerUser = (name: string, bytes: number, text: string) => {
    // The rest of a server shrinks now and then; a user never weighs less than nothing.
    if (users >= WEIGHABLE) part.recordFigure(name, Math.max(0, bytes / users), 'bytes', text);
  };
  part.record({ type: 'server', name: crowd.server.name, heapBytes });
  recordPerUser('server_bytes_per_user', heapBytes - crowd.base.heapBytes, 'per user in the server, without garbage');
  if (needsFile) {
    part.recordFigure('file_bytes', fileBytes, 'bytes', 'the file with the sessions');
    recordPerUser('file_bytes_per_user', fileBytes - crowd.base.fileBytes, 'per user in the file');
  }
  if (needsPostgres) {
    part.recordFigure('postgres_bytes', postgresBytes, 'bytes', 'the table of sessions with its indexes');
    recordPerUser('postgres_bytes_per_user', postgresBytes - crowd.base.postgresBytes, 'per user in PostgreSQL');
  }
  if (!needsRedis) return;
  part.recordFigure('redis_bytes', redisBytes, 'bytes', 'used_memory of Redis');
  recordPerUser('redis_bytes_per_user', redisBytes - crowd.base.redisBytes, 'per user in Redis');
}

/** Of all pages, those that are still in the file beside it (-wal) included. */
function readFileBytes(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const read = (pragma: string) => Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    return read('page_count') * read('page_size');
  } finally {
    db.close();
  }
}

/** "server 112 MiB (1,234 bytes per user), Redis 24 MiB (251 bytes per user)" */
export function describeWeights({ figures, servers }: PartSummary): string {
  const describe = (place: string, bytes: number | undefined, figure: string) => {
    const perUser = figures[figure]?.value;
    if (bytes === undefined) return [];
    return [
      `${place} ${formatBytes(bytes)}${perUser === undefined ? '' : ` (${formatCount(perUser)} bytes per user)`}`,
    ];
  };
  const heapBytes = servers.find((server) => server.heapBytes !== undefined)?.heapBytes;
  return [
    ...describe('server', heapBytes, 'server_bytes_per_user'),
    ...describe('Redis', figures.redis_bytes?.value, 'redis_bytes_per_user'),
    ...describe('file', figures.file_bytes?.value, 'file_bytes_per_user'),
    ...describe('PostgreSQL', figures.postgres_bytes?.value, 'postgres_bytes_per_user'),
  ].join(', ');
}

/** Up to this share of a session in memory, a token counts as weighing nothing: the rest of a server grows, too. */
const NOTHING = 0.1;

export function checkTokenWeight(parts: readonly PartSummary[], scenario: string): Check[] {
  const read = (side: string) => findPart(parts, side, scenario)?.figures.server_bytes_per_user?.value;
  const [token, session] = [read('jwt'), read('memory') ?? read('memory+affinity')];
  if (token === undefined || session === undefined) return [];
  return [
    {
      id: 'token-weighs-nothing',
      text: `a signed token weighs nothing on the server: at most ${NOTHING * 100} % of a session in memory`,
      kind: 'experiment',
      outcome: token <= session * NOTHING ? 'holds' : 'broken',
      detail: `${formatCount(token)} bytes per user with jwt, ${formatCount(session)} with memory`,
    },
  ];
}
