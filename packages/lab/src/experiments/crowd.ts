// Many users at one server: what each weighs there and in Redis, and how long requests take meanwhile.

import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { formatCount } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type { Check, ExperimentContext, Part, PartSummary } from '../contracts/experiment.ts';
import { findPart } from '../judge/parts.ts';
import { runWithAsker } from '../load/asker.ts';
import { runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population } from '../load/population.ts';
import { registerAccounts, signIn } from '../load/sign-in.ts';
import { readSessionBytes } from '../processes/postgres-facts.ts';
import { readRedisFacts } from '../processes/redis-facts.ts';
import type { ServerProcess } from '../processes/server.ts';

export interface Crowd {
  readonly population: Population;
  readonly server: ServerProcess;
  /** The control: the server when its users had left again. */
  readonly control: Weighing;
  /** How many users are signed in. */
  users: number;
}

/** Bytes. */
interface Weighing {
  /** What the server holds after a collection of garbage. */
  readonly heap: number;
  readonly redis: number;
  readonly file: number;
  readonly postgres: number;
}

/** Connections of the generator are closed by then, ms. */
const SETTLED_MS = 200;
/** Users of the control. They sign in, ask and sign out: the server has compiled and allocated what it needs. */
const CONTROL_USERS = 1_000;
/** Users who share an account: every further account is one more password to hash. */
export const USERS_PER_ACCOUNT = 10;
const LEAST_ACCOUNTS = 200;
/** Sign-ins at the same time. */
const PARALLEL = 32;

/**
 * The environment of a server that gets a crowd. Users who share an account are its devices. The cache of verified
 * tokens is off: it is bounded, the server does not need it, and it would hide what a token itself weighs.
 */
const createCrowdEnv = ({ side }: ExperimentContext): Readonly<Record<string, string>> =>
  side.api === 'stateless' ? { JWT_CACHE_ENTRIES: '0' } : { SESSION_MAX_PER_USER: '1000' };

/** A fresh server with the accounts of the crowd, weighed when users had come and gone. */
export async function startCrowd(context: ExperimentContext): Promise<Crowd> {
  const { users } = context.options;
  context.step('starting one server');
  const [server] = await context.startServers(1, { env: createCrowdEnv(context), preload: 'heap' });
  const accounts = Math.max(LEAST_ACCOUNTS, Math.ceil(users / USERS_PER_ACCOUNT));
  const population = createPopulation(context, users, accounts);
  context.step(`registering ${formatCount(population.accounts)} accounts`);
  await registerAccounts(context, population, [server.url]);
  const empty = await weigh(context, server);
  await comeAndGo(context, server, accounts);
  // Files keep the room of deleted sessions, and the next sessions take it.
  const control = { ...(await weigh(context, server)), file: empty.file, postgres: empty.postgres };
  return { population, server, control, users: 0 };
}

/** The requests of the control are in no figure. */
async function comeAndGo(context: ExperimentContext, { url: at }: ServerProcess, accounts: number): Promise<void> {
  const population = createPopulation(context, CONTROL_USERS, accounts);
  const users = [...Array(CONTROL_USERS).keys()];
  const now = () => performance.now();
  const unseen: Part = { context, now, record: () => undefined, mark: () => undefined, recordFigure: () => undefined };
  context.step(`the control: ${CONTROL_USERS} users sign in, ask and sign out`);
  await enter(unseen, population, at, users);
  await runWithAsker(unseen, population, { at }, ({ signOut }) => runEach(users, (user) => signOut(user)));
}

/** Signs users in until there are so many, and weighs all of them. */
export async function growCrowd(part: Part, crowd: Crowd, to: number): Promise<void> {
  const users = Array.from({ length: to - crowd.users }, (_, index) => crowd.users + index);
  part.context.step(`signing ${formatCount(users.length)} users in`);
  await enter(part, crowd.population, crowd.server.url, users);
  crowd.users = to;
  await weighCrowd(part, crowd);
}

/** Each user signs in and asks once. Not through the gateway, which they would keep busy for a minute. */
async function enter(part: Part, population: Population, at: string, users: readonly number[]): Promise<void> {
  await signIn(part, population, { at, users, parallel: PARALLEL });
  await runWithAsker(part, population, { at, untimed: true }, ({ ask }) =>
    runEach(users, (user) => ask(user, { warmUp: true })),
  );
}

const runEach = async (users: readonly number[], work: (user: number) => Promise<unknown>): Promise<void> =>
  void (await runInTurns(users, PARALLEL, work));

/** After the weighing: a burst of requests leaves connections and parsers behind, which are no users. */
export async function loadCrowd(part: Part, crowd: Crowd): Promise<void> {
  const { context } = part;
  const { rate, seconds } = context.options;
  context.step(`${formatCount(crowd.users)} users signed in; ${rate} requests/s for ${seconds} s`);
  const load = { at: crowd.server.url, label: `crowd ${crowd.users}`, warmUpSeconds: 0.2, among: crowd.users };
  await runOpenLoop(part, crowd.population, load);
}

async function weigh(context: ExperimentContext, server: ServerProcess): Promise<Weighing> {
  const { side } = context;
  await delay(SETTLED_MS);
  return {
    heap: await server.callPreload('heap'),
    redis: side.needsRedis ? (await readRedisFacts(context.redisUrl())).usedBytes : 0,
    file: side.needsFile ? readFileBytes(context.sessionFile()) : 0,
    postgres: side.needsPostgres ? await readSessionBytes(context.postgres().url) : 0,
  };
}

/** Where sessions can be: the name in a cell, and in the figures. */
const PLACES = { heap: 'server', redis: 'Redis', file: 'file', postgres: 'PostgreSQL' } as const;
type Place = keyof typeof PLACES;

/**
 * Bytes. The heap of a server that holds no users grows by up to 220 KiB with further sign-ins (370 KiB after a control
 * of 500 users, on a busy machine), because more code is compiled; used_memory of Redis moves by up to 50 KiB. More than
 * that, over all users, is the least that counts as the weight of a user.
 */
const NOISE: Readonly<Record<Place, number>> = { heap: 384 * 1024, redis: 2 ** 16, file: 2 ** 16, postgres: 2 ** 16 };

/** Bytes per user, against the control; or the least that this many users can show, as `…_below`. */
async function weighCrowd(part: Part, { server, users, control }: Crowd): Promise<void> {
  const { needsRedis, needsFile, needsPostgres } = part.context.side;
  const now = await weigh(part.context, server);
  const places = { heap: true, redis: needsRedis, file: needsFile, postgres: needsPostgres };
  part.record({ type: 'server', name: server.name, heapBytes: now.heap });
  for (const place of Object.keys(PLACES) as Place[]) {
    if (!places[place]) continue;
    const bytes = now[place] - control[place];
    const where = `per user, ${PLACES[place]}`;
    if (bytes >= NOISE[place]) part.recordFigure(`${place}_per_user`, bytes / users, 'bytes', where);
    else part.recordFigure(`${place}_per_user_below`, NOISE[place] / users, 'bytes', `${where}: less than`);
  }
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

/** "server 487 bytes per user", "server below 66 bytes per user, Redis 512 bytes per user" */
export const describeWeights = ({ figures }: PartSummary): string =>
  Object.entries(PLACES)
    .flatMap(([place, name]) => {
      const [bytes, bound] = [figures[`${place}_per_user`]?.value, figures[`${place}_per_user_below`]?.value];
      if (bytes !== undefined) return [`${name} ${formatCount(bytes)} bytes per user`];
      return bound === undefined ? [] : [`${name} below ${formatCount(bound)} bytes per user`];
    })
    .join(', ');

/** Up to this share of a session in memory, a token counts as weighing nothing. */
const NOTHING = 0.1;

/** Nothing where the session, too, is below what so few users can show. */
export function checkTokenWeight(parts: readonly PartSummary[], scenario: string): Check[] {
  const find = (side: string) => findPart(parts, side, scenario);
  const session = (find('memory') ?? find('memory+affinity'))?.figures.heap_per_user?.value;
  const token = find('jwt')?.figures;
  if (token === undefined || session === undefined) return [];
  const bytes = token.heap_per_user?.value;
  const below = token.heap_per_user_below?.value;
  const weight = bytes === undefined ? `below ${formatCount(below)}` : formatCount(bytes);
  return [
    {
      id: 'token-weighs-nothing',
      text: `a signed token weighs nothing on the server: at most ${NOTHING * 100} % of a session in memory, or less than can be seen`,
      kind: 'experiment',
      outcome: (bytes ?? 0) <= session * NOTHING ? 'holds' : 'broken',
      detail: `${weight} bytes per user with jwt, ${formatCount(session)} with memory`,
    },
  ];
}
