// At a random moment a thief copies everything that a user's client holds, except a private key, and uses the copy from
// elsewhere. For how long is it accepted?
//
//   owner   sign in ─ ask ─ ask ──┬─ active: ask ─ ask ─ ask ─ …    ─┬─ ask: still signed in?
//                                 ├─ idle                           ─┤
//                                 └─ sign-out: ask ─ sign out       ─┘
//   thief                      copy ─ use ─ use ─ use ─ …

import { formatCount, formatMs, formatPlural } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type { Event } from '../contracts/events.ts';
import type { Experiment, ExperimentContext, Judgement, PartSummary, Seen } from '../contracts/experiment.ts';
import { describeLatency } from '../judge/parts.ts';
import { watchGenerator } from '../load/asker.ts';
import { createOwners, type Recorder } from '../load/owner.ts';
import { createPopulation } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { runWithSenders, type Sender } from '../load/sender.ts';
import { registerAccounts } from '../load/sign-in.ts';
import { runTheft, type Theft } from '../load/theft.ts';
import { startGateway } from '../processes/gateway.ts';
import { pickSides } from '../setup/sides.ts';

/** s: what lives how long by default. */
const DEFAULT_LIVES = { device: 300, token: 900, idle: 1_800, absolute: 43_200 };
/** ms that a server accepts a bound cookie beyond its life, for the time that a request travels. It is not shortened. */
const GRACE_MS = 5_000;
/** ms from the theft to the sign-out: at least, and at random beyond it. */
const SIGN_OUT_MS = { least: 500, spread: 1_500 };
/** Sign-ins at the same time, in each scenario; what follows a sign-in runs beside the others. */
const PARALLEL = 2;
/** ms by which a busy machine may see an end late. */
const TOLERANCE_MS = 1_000;

const SCENARIOS = ['active', 'idle', 'sign-out'] as const;
const BOUND = 'redis+bound';

interface Lives {
  /** By how much every life is shorter here than by default. */
  readonly shorter: number;
  /** s */
  readonly device: number;
  readonly token: number;
  readonly idle: number;
  readonly absolute: number;
  /** ms after the sign-in. A copied token and the copy of a bound session end before it, whenever they were made. */
  readonly endMs: number;
  /** ms after the sign-in: an owner's last request before a token expires. */
  readonly tokenEndMs: number;
}

/** @param seconds that a bound cookie lives; every other life is shorter in proportion */
function computeLives(seconds: number): Lives {
  const shorter = DEFAULT_LIVES.device / seconds;
  const [device, token, idle, absolute] = (['device', 'token', 'idle', 'absolute'] as const).map((name) =>
    Math.round(DEFAULT_LIVES[name] / shorter),
  ) as [number, number, number, number];
  const endMs = Math.max(2 * device * 1_000 + GRACE_MS + 1_000, (token + 2) * 1_000);
  return { shorter, device, token, idle, absolute, endMs, tokenEndMs: (token - 2) * 1_000 };
}

/** The parts of the verdict's sentence. */
const CLAUSES: readonly { readonly sides: readonly string[]; describe(longest: string, lives: Lives): string }[] = [
  {
    sides: [BOUND],
    describe: (longest, { device }) =>
      `for up to ${longest} (its bound cookie lives ${device} s, and is accepted for ${formatMs(GRACE_MS)} more), ` +
      'and no owner is signed out',
  },
  { sides: ['memory+affinity', 'redis'], describe: () => 'until the owner signs out' },
  {
    sides: ['jwt'],
    describe: (longest, { token }) =>
      `for up to ${longest} (a token lives ${token} s), also after the owner has signed out`,
  },
];

export const stolenCookie: Experiment = {
  id: 'stolen-cookie',
  title: 'A stolen cookie',
  question:
    'A thief copies everything that a user’s client holds, at a random moment. For how long does the copy work?',
  hypothesis:
    'A copied token works until it expires, and a copied session cookie until its owner signs out. The copy of a session that ' +
    'is bound to a device works until its bound cookie expires, and no owner is signed out.',
  summary: 'a copy of all that a client holds, used from elsewhere: for how long it is accepted, per mode',
  sides: pickSides('jwt', 'memory+affinity', 'redis', BOUND),
  scenarios: [
    { id: 'active', text: 'The owner goes on working' },
    { id: 'idle', text: 'The owner makes a break' },
    { id: 'sign-out', text: 'The owner signs out' },
  ],
  // `seconds`: the life of a bound cookie.
  defaults: { servers: 2, users: 5, rate: 1, seconds: 4 },
  full: { servers: 2, users: 15, rate: 1, seconds: 12 },
  latenessBoundMs: TOLERANCE_MS,
  takes: { defaults: 68, full: 170 },

  run: (lab) => lab.onEachSide(stealOnOneSide),
  judgePart: judgeCopies,
  summarize({ parts, plan }) {
    const lives = computeLives(plan.options.seconds);
    const clauses = CLAUSES.flatMap(({ sides, describe }) => {
      const some = parts.filter(({ side, scenario }) => sides.includes(side) && scenario !== 'sign-out');
      const longest = Math.max(...some.map((part) => readFigure(part, 'longest')));
      return some.length === 0 ? [] : [`with ${listSides(some)} ${describe(formatMs(longest), lives)}`];
    });
    return `A copy of all that a client holds works ${clauses.join('; ')}.`;
  },
  notes: ({ plan }) => [
    describeLives(computeLives(plan.options.seconds)),
    `The ${formatMs(GRACE_MS)} for which a server accepts a bound cookie after its end are not shorter: by default, the copy of ` +
      'a bound session works for at most 5 min 5 s, and a copied token for 15 min.',
    'Response times are beside thieves who use each copy five times a second; `npm run bench` compares what a request costs.',
    'The thief does not have the private key. Malware that stays on the device can use the key there.',
  ],
};

function describeLives({ shorter, device, token, idle, absolute }: Lives): string {
  return (
    `All lives are ${formatCount(Math.round(shorter))} times shorter here than by default: a bound cookie ${device} s, a ` +
    `token ${token} s, a session ${idle} s without a request and ${formatMs(absolute * 1_000)} in all.`
  );
}

async function stealOnOneSide(context: ExperimentContext): Promise<void> {
  const { users, servers, seconds } = context.options;
  const lives = computeLives(seconds);
  context.step(`starting ${formatPlural(servers, 'server')}`);
  const fleet = await context.startServers(servers, { env: createEnv(context, lives) });
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, users * SCENARIOS.length);
  const urls = fleet.map(({ url }) => url);
  await registerAccounts(context, population, urls);
  const createOwner = createOwners(context, population, gateway.url);
  const elsewhere = { timeoutMs: 5_000, connections: population.users, insecure: true };
  const recordings = await runWithSenders([gateway.url], elsewhere, ([thief]) => {
    context.step(`signing ${formatPlural(population.users, 'user')} in; copies are used for ${formatMs(lives.endMs)}`);
    return Promise.all(
      SCENARIOS.map(async (afterwards, index) => {
        const { events, recorder } = createRecording();
        const stopWatching = watchGenerator();
        const victims = Array.from({ length: users }, (_, number) => index * users + number);
        const thefts = await runInTurns(victims, PARALLEL, async (user) => {
          const owner = createOwner(user, recorder);
          await owner.signIn();
          const ended = runTheft({ ...planTheft(context, user, lives), owner, recorder, afterwards }, thief as Sender);
          // Awaited below; until then, the rejection of an interrupted run is not unhandled.
          ended.catch(() => undefined);
          return { ended };
        });
        recordFigures(recorder, await Promise.all(thefts.map(({ ended }) => ended)));
        recorder.record({ type: 'generator', ...stopWatching() });
        return { scenario: afterwards, events };
      }),
    );
  });
  for (const { scenario, events } of recordings)
    await context.runPart(scenario, async (part) => events.forEach(part.record));
}

function createEnv({ side }: ExperimentContext, { token, idle, absolute, device }: Lives): Record<string, string> {
  if (side.api === 'stateless') return { JWT_TTL_SECONDS: String(token) };
  const env = { SESSION_IDLE_SECONDS: String(idle), SESSION_ABSOLUTE_SECONDS: String(absolute) };
  return side.id === BOUND ? { ...env, SESSION_DEVICE_LIFETIME_SECONDS: String(device) } : env;
}

/** The scenarios run at the same time; each one's events wait here until its part is recorded. */
function createRecording(): { readonly events: Event[]; readonly recorder: Recorder } {
  const events: Event[] = [];
  const began = performance.now();
  return { events, recorder: { now: () => performance.now() - began, record: (event) => void events.push(event) } };
}

/** Of the run's seed: the same users are robbed and leave at the same times in every mode. */
function planTheft({ side, options, signal }: ExperimentContext, user: number, lives: Lives) {
  const random = createRandom(options.seed, `theft ${user}`);
  const copyMs = random.next() * lives.device * 1_000;
  const signOutMs = copyMs + SIGN_OUT_MS.least + random.next() * SIGN_OUT_MS.spread;
  const ownerEndMs = side.api === 'stateless' ? lives.tokenEndMs : lives.endMs;
  return { signal, copyMs, signOutMs, ownerEndMs, endMs: lives.endMs };
}

/** What is 0 is left out. */
function recordFigures({ record }: Recorder, thefts: readonly Theft[]): void {
  const put = (name: string, value: number, unit: string, text: string) => {
    if (value > 0) record({ type: 'figure', name, value, unit, text });
  };
  const count = (name: string, text: string, is: (theft: Theft) => boolean) =>
    put(name, thefts.filter(is).length, '', text);
  const times = thefts.map(({ acceptedMs }) => acceptedMs).sort((a, b) => a - b);
  const refreshes = thefts.flatMap((theft) => theft.refreshes).sort((a, b) => a - b);
  put('copies', thefts.length, '', 'copies');
  count('bound', 'of bound sessions', ({ isBound }) => isBound);
  count('refused_at_first', 'copies that were refused at first', ({ workedAtFirst }) => !workedAtFirst);
  count('worked_at_last', 'copies that worked to the end', ({ workedAtLast }) => workedAtLast);
  count('worked_again', 'copies that worked again after a refusal', ({ workedAgain }) => workedAgain);
  count('unanswered', 'copies with an unclear answer', ({ unanswered }) => unanswered > 0);
  put('median', pickMedian(times), 'ms', 'time that a copy worked, median');
  put('longest', times.at(-1) ?? 0, 'ms', 'time that a copy worked, at most');
  put('refreshes', refreshes.length, '', 'refreshes of bound cookies');
  put('refresh_median', pickMedian(refreshes), 'ms', 'time of a refresh, median');
}

const pickMedian = (sorted: readonly number[]): number => sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;

const listSides = (parts: readonly PartSummary[]): string => [...new Set(parts.map(({ side }) => side))].join(', ');

const readFigure = (part: PartSummary | undefined, name: string): number => part?.figures[name]?.value ?? 0;

function judgeCopies(part: PartSummary, { plan }: Seen): Judgement {
  const longest = readFigure(part, 'longest');
  const open = readFigure(part, 'worked_at_last');
  const signedOut = part.scenario === 'sign-out';
  const accepted = open > 0 ? `still accepted after ${formatMs(longest)}` : `accepted for up to ${formatMs(longest)}`;
  const lost = part.lost.count === 0 ? '' : `; ${formatCount(part.lost.count)} owners signed out`;
  const doubt = describeDoubt(part);
  return {
    text:
      doubt ?? (longest === 0 ? 'refused immediately' : `${accepted}${signedOut ? ' after the sign-out' : ''}`) + lost,
    outcome:
      doubt !== undefined ? 'unknown' : isAsPromised(part, computeLives(plan.options.seconds)) ? 'holds' : 'broken',
    tone: part.side === BOUND || longest === 0 ? 'good' : 'bad',
    exposureMs: Math.round(longest),
    evidence: [`a request of an owner: ${describeLatency(part.serviceTime)}`, ...describeRefreshes(part)],
  };
}

/** Why nothing follows from the part. */
function describeDoubt(part: PartSummary): string | undefined {
  const copies = readFigure(part, 'copies');
  const [refused, bound, unanswered] = ['refused_at_first', 'bound', 'unanswered'].map((name) =>
    readFigure(part, name),
  );
  if (copies === 0) return 'no copy was made';
  if (refused !== 0) return `${formatCount(refused)} of ${formatCount(copies)} copies refused at first`;
  if (part.side === BOUND && bound !== copies)
    return `${formatCount(bound)} of ${formatCount(copies)} sessions were bound`;
  return unanswered === 0 ? undefined : `${formatCount(unanswered)} copies got no clear answer`;
}

function isAsPromised(part: PartSummary, { device }: Lives): boolean {
  const [copies = 0, open, again, longest = 0] = ['copies', 'worked_at_last', 'worked_again', 'longest'].map((name) =>
    readFigure(part, name),
  );
  if (part.lost.count > 0 || again !== 0) return false;
  if (part.side === 'jwt') return open === 0 && longest > 0;
  if (part.scenario === 'sign-out') return longest === 0;
  if (part.side === BOUND) return open === 0 && longest <= device * 1_000 + GRACE_MS + TOLERANCE_MS;
  return open === copies;
}

function describeRefreshes(part: PartSummary): string[] {
  const count = readFigure(part, 'refreshes');
  return count === 0
    ? []
    : [`refreshes of bound cookies: ${formatCount(count)}, p50 ${formatMs(readFigure(part, 'refresh_median'))}`];
}
