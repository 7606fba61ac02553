// PostgreSQL, which has the accounts in every mode, is killed and comes back: who notices, and what exactly?

import { setTimeout as delay } from 'node:timers/promises';
import { formatCount, formatMs } from '../common/format.ts';
import type { Experiment, ExperimentContext, Judgement, Part, PartSummary, Verdict } from '../contracts/experiment.ts';
import { killPostgres, startPostgresAgain } from '../faults/postgres.ts';
import { listCells } from '../judge/cells.ts';
import { countErrors, describeFailures, judgeFailures } from '../judge/parts.ts';
import { createPopulation, createSignUpMessage, type Population } from '../load/population.ts';
import { runWithSenders } from '../load/sender.ts';
import { pickSides } from '../setup/sides.ts';
import { runUnderFault } from './under-fault.ts';

/** A 503 that takes longer than this, ms, is not quick: a user waits for it. */
const QUICK_MS = 3_000;
/** ms between two sign-ins that are tried during the outage. */
const PAUSE_MS = 100;
/** ms within which a sign-in must work after PostgreSQL is back. */
const RECOVERY_MS = 20_000;

export const databaseOutage: Experiment = {
  id: 'database-outage',
  title: 'The database away',
  question: 'PostgreSQL has the accounts in every mode. It is killed and comes back: who notices what?',
  hypothesis:
    'Without the database no user can sign in: 503, quickly. Users who are signed in notice nothing, unless their sessions ' +
    'are in it: they get 503. No user is signed out, and everything works again by itself.',
  summary: 'PostgreSQL killed and back, with the accounts of every mode: who notices what',
  sides: pickSides('jwt', 'memory', 'redis', 'postgres'),
  scenarios: [{ id: 'outage', text: 'PostgreSQL killed (kill -9), back after a third of {seconds} s' }],
  defaults: { servers: 2, users: 60, rate: 80, seconds: 6 },
  full: { servers: 3, users: 600, rate: 300, seconds: 18 },
  takes: { defaults: 40, full: 94 },
  needsPostgres: true,

  run: (lab) => lab.onEachSide(killDatabase),
  judgePart: judgeOutage,
  summarize: ({ cells }) => `While PostgreSQL is away, ${listCells(cells)}.`,
  notes: () => ['Accounts are in PostgreSQL in every mode; sessions only in the mode postgres.'],
};

async function killDatabase(context: ExperimentContext): Promise<void> {
  const { servers: count, users } = context.options;
  context.step(`starting ${count} servers`);
  const postgres = context.postgres();
  const servers = await context.startServers(count, { env: { DATABASE_URL: postgres.url, DATABASE_MIGRATE: '1' } });
  const population = createPopulation(context, users);
  const urls = servers.map(({ url }) => url);
  await context.runPart('outage', async (part) => {
    let signIns: SignIns | undefined;
    await runUnderFault(part, {
      at: urls,
      servers,
      population,
      label: 'PostgreSQL is killed',
      what: 'kill -9 PostgreSQL',
      async fault() {
        await killPostgres(part, postgres);
        signIns = trySignIns(part, population, urls[0] ?? '');
      },
      async heal() {
        await startPostgresAgain(part, postgres);
        await signIns?.end();
      },
    });
  });
}

interface SignIns {
  /** Waits until a sign-in has worked, and records what was seen. */
  end(): Promise<void>;
}

/**
 * A user who tries to sign in again and again, at one server. Not in the ledger: the user also keeps the first sign-in.
 */
function trySignIns(part: Part, population: Population, url: string): SignIns {
  const stop = new AbortController();
  const seen = { tried: 0, refused: 0, longestMs: 0 };
  let backAt = Number.POSITIVE_INFINITY;
  const trying = runWithSenders([url], { timeoutMs: 30_000, connections: 1 }, async ([sender]) => {
    while (!stop.signal.aborted && sender !== undefined) {
      const sentAt = part.now();
      const { status } = await sender.send(createSignUpMessage(population, 0, '/auth/login'));
      if (status === 200)
        return part.recordFigure(
          'sign_in_back',
          part.now() - backAt,
          'ms',
          'from the restart of PostgreSQL to a sign-in',
        );
      // What is answered later than the restart says nothing about the outage.
      if (part.now() < backAt) countRefusal(seen, status, part.now() - sentAt);
      await delay(PAUSE_MS);
    }
  });
  return {
    async end() {
      backAt = part.now();
      part.recordFigure('sign_ins_tried', seen.tried, '', 'sign-ins tried during the outage');
      part.recordFigure('sign_ins_503', seen.refused, '', 'of them answered 503');
      part.recordFigure('sign_in_longest', seen.longestMs, 'ms', 'longest wait for that answer');
      await Promise.race([trying, delay(RECOVERY_MS)]);
      stop.abort();
      await trying;
    },
  };
}

function countRefusal(
  seen: { tried: number; refused: number; longestMs: number },
  status: number | undefined,
  ms: number,
) {
  seen.tried++;
  if (status === 503) seen.refused++;
  seen.longestMs = Math.max(seen.longestMs, ms);
}

function judgeOutage(part: PartSummary): Judgement {
  const { lost, recoveryMs } = part;
  const back = recoveryMs === null || recoveryMs === 0 ? '' : `, all well ${formatMs(recoveryMs)} after the kill`;
  const signedOut = lost.count === 0 ? 'no user signed out' : `${formatCount(lost.count)} of them signed out`;
  return {
    text: `signed-in users: ${describeFailures(part)}, ${signedOut}${back}; ${describeSignIns(part)}`,
    outcome: pickWorst(judgeSignIns(part), judgeSignedIn(part)),
    tone: countErrors(part) === 0 ? 'good' : 'bad',
  };
}

function describeSignIns({ figures }: PartSummary): string {
  const [tried, refused, back] = ['sign_ins_tried', 'sign_ins_503', 'sign_in_back'].map((name) => figures[name]?.value);
  const again = back === undefined ? 'no sign-in works afterwards' : `again ${formatMs(back)} after it is back`;
  return `sign-ins: ${formatCount(refused ?? 0)} of ${formatCount(tried ?? 0)} answered 503, ${again}`;
}

function judgeSignIns({ figures }: PartSummary): Verdict {
  const [tried, refused, longestMs] = ['sign_ins_tried', 'sign_ins_503', 'sign_in_longest'].map(
    (name) => figures[name]?.value ?? 0,
  ) as [number, number, number];
  if (tried === 0) return 'unknown';
  return refused === tried && longestMs <= QUICK_MS && figures.sign_in_back !== undefined ? 'holds' : 'broken';
}

/** With sessions in PostgreSQL: quick 503s, no user signed out, all well in the end. Otherwise nothing is noticed. */
function judgeSignedIn(part: PartSummary): Verdict {
  const { side, outcomes, lost, recoveryMs, responseTime } = part;
  if (side !== 'postgres') return judgeFailures(part, lost.count === 0);
  const others = outcomes.connectionRefused + outcomes.connectionBroken + outcomes.otherStatus;
  if (lost.count > 0 || others > 0) return 'broken';
  // The load ended before ten answers in a row were right: on a busy machine PostgreSQL may need longer to start.
  if (recoveryMs === null) return 'unknown';
  if ((responseTime.max ?? 0) > QUICK_MS) return outcomes.timedOut > 0 ? 'unknown' : 'broken';
  return outcomes.ok > 0 && outcomes.serverError > 0 ? 'holds' : 'unknown';
}

const pickWorst = (...verdicts: Verdict[]): Verdict =>
  verdicts.find((verdict) => verdict === 'broken') ?? verdicts.find((verdict) => verdict === 'unknown') ?? 'holds';
