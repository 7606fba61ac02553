// The course's core question, asked of real processes: for each mode two servers, one person, and what happens to them
// when they ask again, ask elsewhere, when the server is killed, and after they signed out.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { killAndRestart } from '../faults/restart.ts';
import { runWithAsker } from '../load/load.ts';
import { createPerson } from '../load/person.ts';
import { createPopulation } from '../load/population.ts';
import { enterTarget } from '../load/strangers.ts';
import type { ServerProcess } from '../processes/server.ts';
import { sides } from '../setup/sides.ts';
import { adviseAffinity, createCells, createSentence, describeServers, listEvidence, seconds } from './cells.ts';

/** How long a token lives in this experiment, s: short, so that its end can be waited for and seen. */
const TOKEN_TTL_SECONDS = 6;
const POLL_MS = 50;
/** Often enough that a gateway that goes from server to server shows more than one. */
const ASKED_AT_TARGET = 10;
const NOT_AT_TARGET =
  'A chosen second server and a restart were not measured: they need servers of the lab’s own (leave --target out).';

type Answer = 'signed-in' | 'signed-out' | 'still-accepted' | 'refused' | 'wrong-user' | 'unknown';

/** What each mode promises. */
const PROMISES: Record<string, Record<string, Answer>> = {
  jwt: {
    'second-request': 'signed-in',
    'second-server': 'signed-in',
    restart: 'signed-in',
    'sign-out': 'still-accepted',
  },
  memory: {
    'second-request': 'signed-in',
    'second-server': 'signed-out',
    restart: 'signed-out',
    'sign-out': 'refused',
  },
  redis: { 'second-request': 'signed-in', 'second-server': 'signed-in', restart: 'signed-in', 'sign-out': 'refused' },
};

const TEXTS: Record<Answer, string> = {
  'signed-in': 'still signed in',
  'signed-out': 'signed out',
  'still-accepted': 'still accepted',
  refused: 'refused at once',
  'wrong-user': 'WRONG USER',
  unknown: 'unknown',
};

const SIZE = { servers: 2, users: 1, rate: 1, seconds: 1 };

export const twoRequests: Experiment<Lab> = {
  id: 'two-requests',
  title: 'Two requests',
  question: 'When a user makes two requests, how does the server remember that it is the same person?',
  hypothesis:
    'A signed token and a shared store keep a person signed in across servers and restarts, a server’s own memory does ' +
    'not; a session ends at sign-out, a signed token does not until it expires.',
  summary: 'one person, two servers: ask again, ask elsewhere, kill the server, sign out and replay',
  sides: sides('jwt', 'memory', 'redis'),
  scenarios: [
    { id: 'second-request', text: 'Ask twice on the same server' },
    { id: 'second-server', text: 'Ask a second server' },
    { id: 'restart', text: 'Server killed (kill -9), restarted, ask again' },
    { id: 'sign-out', text: 'Sign out, replay the old credential' },
  ],
  defaults: SIZE,
  full: SIZE,
  remote: {
    scenarios: [
      { id: 'second-request', text: `Ask ${ASKED_AT_TARGET} times at the same address` },
      { id: 'second-server', text: 'Ask a second server' },
      { id: 'restart', text: 'Server killed (kill -9), restarted, ask again' },
      { id: 'sign-out', text: 'Sign out, replay the old credential' },
    ],
    requests: () => 2 * ASKED_AT_TARGET + 1,
  },

  async run(lab) {
    const { target } = lab.options;
    for (const { id } of lab.sides)
      await lab.on(id, (context) => (target === undefined ? askAll(context) : askTarget(context, target)));
  },

  judge(plan, parts) {
    const atTarget = plan.options.target !== undefined;
    const cells = createCells(plan, parts, (part) => cellOf(part, atTarget));
    const good = 'Every mode did what it promises.';
    const notes = atTarget ? [describeServers(parts), ...adviseAffinity(parts), NOT_AT_TARGET] : [];
    return { sentence: createSentence(cells, good), cells, checks: [], notes };
  },
};

async function askAll(context: ExperimentContext): Promise<void> {
  context.step('starting two servers');
  const env = context.side.api === 'stateless' ? { JWT_TTL_SECONDS: String(TOKEN_TTL_SECONDS) } : {};
  const [a, b] = await context.servers(2, env);
  if (a === undefined || b === undefined) throw new Error('Two servers were asked for.');
  const ofMemory = context.side.id === 'memory';

  context.step('signing in, asking twice');
  await context.part('second-request', async (part) => {
    const ada = createPerson(part, context.side, 1);
    await ada.signUp(a.url);
    await ada.ask(a.url);
    await ada.ask(a.url);
  });

  context.step('asking the second server');
  await context.part('second-server', async (part) => {
    const ben = createPerson(part, context.side, 2);
    await ben.signUp(a.url);
    const cause = `the session is in the memory of ${a.name}`;
    const excuse = ofMemory ? { excuses: { servers: [a.name], cause } } : {};
    part.mark({ kind: 'elsewhere', text: `asking ${b.name} instead of ${a.name}`, proof: {}, ...excuse });
    await ben.ask(b.url);
  });

  context.step('kill -9, restart, asking again');
  await context.part('restart', async (part) => {
    const cy = createPerson(part, context.side, 3);
    await cy.signUp(a.url);
    await killAndRestart(part, a, { forgets: ofMemory });
    await cy.ask(a.url);
  });

  context.step('signing out, replaying the old credential');
  await context.part('sign-out', (part) => replayAfterSignOut(context, part, a));
}

/** One user at the one address; how many servers are behind it is seen by who answers. */
async function askTarget(context: ExperimentContext, at: string): Promise<void> {
  const population = createPopulation(context, 1);
  context.step(`signing in, asking ${ASKED_AT_TARGET} times`);
  await context.part('second-request', async (part) => {
    // With memory and no affinity the next server does not know the session, and that is no fault.
    const excuses = { servers: 'all', cause: 'the session is in the memory of one server' } as const;
    const excuse = context.side.id === 'memory' ? { excuses } : {};
    part.mark({ kind: 'asking', text: `asking ${ASKED_AT_TARGET} times`, proof: {}, at: 0, ...excuse });
    await enterTarget(context, part, population, at);
    await runWithAsker(part, population, { at }, async (asker) => {
      for (let time = 0; time < ASKED_AT_TARGET; time++) await asker.askNow(0, part.now(), false);
    });
  });
  context.step('signing out, replaying the old credential');
  await context.part('sign-out', async (part) => {
    await enterTarget(context, part, population, at);
    await runWithAsker(part, population, { at }, async (asker) => {
      await asker.signOut(0);
      for (let time = 0; time < ASKED_AT_TARGET; time++) {
        await asker.askNow(0, part.now(), false);
        await delay(POLL_MS);
      }
    });
  });
}

/** Watched until the credential is refused. */
async function replayAfterSignOut(context: ExperimentContext, part: Part, server: ServerProcess): Promise<void> {
  const dee = createPerson(part, context.side, 4);
  await dee.signUp(server.url);
  await dee.signOut(server.url);
  const deadline = part.now() + (TOKEN_TTL_SECONDS + 3) * 1000;
  while ((await dee.ask(server.url)) === 'acceptedAfterSignOut' && part.now() < deadline) await delay(POLL_MS);
}

function cellOf(part: PartSummary, atTarget: boolean): Omit<Cell, 'scenario' | 'side'> {
  const answer = answerOf(part, atTarget);
  // A target of several servers without affinity sends the second request to the second server.
  const elsewhere =
    part.scenario === 'second-request' && part.servers.filter(({ answered }) => answered > 0).length > 1;
  const promised = PROMISES[part.side]?.[elsewhere ? 'second-server' : part.scenario];
  const exposure = part.exposure?.max ?? 0;
  const accepted = answer === 'still-accepted';
  return {
    text: accepted ? stillAccepted(exposure, atTarget) : TEXTS[answer],
    outcome: answer === 'unknown' ? 'unknown' : answer === promised ? 'holds' : 'broken',
    tone: answer === 'signed-in' || answer === 'refused' ? 'good' : answer === 'unknown' ? 'neutral' : 'bad',
    lost: part.lost.count,
    ...(part.scenario === 'sign-out' ? { exposureMs: Math.round(exposure) } : {}),
    evidence: listEvidence(part),
  };
}

const stillAccepted = (ms: number, atTarget: boolean): string =>
  atTarget
    ? `still accepted when ${seconds(ms)} had gone by`
    : `still accepted for ${seconds(ms)} (token life ${TOKEN_TTL_SECONDS} s)`;

function answerOf({ scenario, outcomes, lost, signOuts }: PartSummary, atTarget: boolean): Answer {
  if (outcomes.wrongUser > 0) return 'wrong-user';
  if (scenario === 'sign-out') {
    // Unless it was refused in the end, nobody saw the end of it.
    // A target's tokens may live for hours: that one is taken after the sign-out is all that can be waited for.
    const taken = atTarget && signOuts > 0 && outcomes.acceptedAfterSignOut > 0;
    if (outcomes.refused === 0 && !taken) return 'unknown';
    return outcomes.acceptedAfterSignOut > 0 ? 'still-accepted' : 'refused';
  }
  if (lost.count > 0) return 'signed-out';
  const asked = Object.values(outcomes).reduce((sum, n) => sum + n, 0);
  return asked > 0 && outcomes.ok === asked ? 'signed-in' : 'unknown';
}
