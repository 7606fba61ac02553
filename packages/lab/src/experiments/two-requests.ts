// The question of this project, asked of real processes: for each mode two servers and one user, who asks again, asks
// another server, asks after the server was killed, and replays the credential after the sign-out.

import { setTimeout as delay } from 'node:timers/promises';
import { formatMs } from '../common/format.ts';
import type { Experiment, ExperimentContext, Judgement, Part, PartSummary, Seen } from '../contracts/experiment.ts';
import { killAndRestart } from '../faults/end.ts';
import { adviseAffinity, countAsked, describeServers } from '../judge/parts.ts';
import { type Asker, runWithAsker } from '../load/asker.ts';
import { createPopulation } from '../load/population.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';
import { SCATTERED } from './under-fault.ts';

/** The life of a token in this experiment, s: short, so that its end can be seen. */
const TOKEN_TTL_SECONDS = 6;
const POLL_MS = 50;
/** For how long a replay after the sign-out is watched. */
const WATCH_MS = (TOKEN_TTL_SECONDS + 3) * 1_000;
/** Enough requests for a gateway that goes from server to server to show more than one. */
const ASKED_AT_TARGET = 10;
const REPLAYING = 'signing out, replaying the old credential';

type Sight = 'still signed in' | 'signed out' | 'still accepted' | 'refused immediately' | 'WRONG USER' | 'unknown';
const GOOD: readonly Sight[] = ['still signed in', 'refused immediately'];

/** What each mode promises; elsewhere: after a restart, and at a server that did not sign the user in. */
const PROMISES: Readonly<Record<string, { readonly elsewhere: Sight; readonly afterSignOut: Sight }>> = {
  jwt: { elsewhere: 'still signed in', afterSignOut: 'still accepted' },
  memory: { elsewhere: 'signed out', afterSignOut: 'refused immediately' },
  redis: { elsewhere: 'still signed in', afterSignOut: 'refused immediately' },
  sqlite: { elsewhere: 'still signed in', afterSignOut: 'refused immediately' },
  postgres: { elsewhere: 'still signed in', afterSignOut: 'refused immediately' },
};

const SIZE = { servers: 2, users: 1, rate: 1, seconds: 1 };
const OTHER_SCENARIOS = [
  { id: 'second-server', text: 'Ask a second server' },
  { id: 'restart', text: 'Server killed (kill -9), restarted, ask again' },
  { id: 'sign-out', text: 'Sign out, replay the old credential' },
];

export const twoRequests: Experiment = {
  id: 'two-requests',
  title: 'Two requests',
  question: 'When a user makes two requests, how does the server remember that it is the same person?',
  hypothesis:
    'A signed token and a shared store keep a user signed in across servers and restarts, the memory of a server does not; ' +
    'a session ends at sign-out, a signed token does not until it expires.',
  summary: 'one user, two servers: ask again, ask elsewhere, kill the server, sign out and replay',
  sides: pickSides('jwt', 'memory', 'redis'),
  onRequest: pickSides('sqlite', 'postgres'),
  scenarios: [{ id: 'second-request', text: 'Ask twice on the same server' }, ...OTHER_SCENARIOS],
  defaults: SIZE,
  full: SIZE,
  takes: { defaults: 9, full: 9 },
  remote: {
    scenarios: [{ id: 'second-request', text: `Ask ${ASKED_AT_TARGET} times at the same address` }, ...OTHER_SCENARIOS],
    requests: () => 2 * ASKED_AT_TARGET + 1,
  },

  run: (lab) => lab.onEachSide(lab.plan.options.target === undefined ? askOwn : askTarget),
  judgePart: judgeAnswers,
  summarize: () => 'Every mode did what it promises.',
  notes({ plan, parts }) {
    if (plan.options.target === undefined) return [];
    const missing =
      'A second server and a restart were not measured: they need servers of the lab (leave --target out).';
    return [describeServers(parts), ...adviseAffinity(parts), missing];
  },
};

async function askOwn(context: ExperimentContext): Promise<void> {
  context.step('starting two servers');
  const env = context.side.api === 'stateless' ? { JWT_TTL_SECONDS: String(TOKEN_TTL_SECONDS) } : {};
  const servers = await context.startServers(2, { env });
  const [first, second] = servers;
  const urls = servers.map(({ url }) => url);
  const forgets = context.side.id === 'memory';

  await runScenario(context, 'second-request', urls, 'asking twice', async ({ ask }) => {
    await ask(0);
    await ask(0);
  });
  await runScenario(context, 'second-server', urls, 'asking the second server', async ({ ask }, part) => {
    const cause = `the session is in the memory of ${first.name}`;
    const excuse = forgets ? { excuses: { servers: [first.name], cause } } : {};
    part.mark({ kind: 'elsewhere', text: `asking ${second?.name} instead of ${first.name}`, proof: {}, ...excuse });
    await ask(0, { server: 1 });
  });
  await runScenario(context, 'restart', urls, 'kill -9, restart, asking again', async ({ ask }, part) => {
    await killAndRestart(part, first, { forgets });
    await ask(0);
  });
  await runScenario(context, 'sign-out', urls, REPLAYING, async ({ ask, signOut }, part) => {
    await signOut(0);
    const deadline = part.now() + WATCH_MS;
    while ((await ask(0)) !== 'refused' && part.now() < deadline) await delay(POLL_MS);
  });
}

/** One user at one address; the answers name the servers behind it. */
async function askTarget(context: ExperimentContext): Promise<void> {
  const { target = '' } = context.options;
  await runScenario(context, 'second-request', target, `asking ${ASKED_AT_TARGET} times`, async ({ ask }, part) => {
    // Without affinity the next server does not have a session in memory, and that is no fault.
    const excuse = context.side.id === 'memory' ? { excuses: SCATTERED } : {};
    part.mark({ kind: 'asking', text: `asking ${ASKED_AT_TARGET} times`, proof: {}, at: 0, ...excuse });
    for (let time = 0; time < ASKED_AT_TARGET; time++) await ask(0);
  });
  // A fixed number of times: any of the servers may answer, and a token may live for hours.
  await runScenario(context, 'sign-out', target, REPLAYING, async ({ ask, signOut }) => {
    await signOut(0);
    for (let time = 0; time < ASKED_AT_TARGET; time++) {
      await ask(0);
      await delay(POLL_MS);
    }
  });
}

/** Signs one user in at the first address, and does `ask`. */
function runScenario(
  context: ExperimentContext,
  scenario: string,
  at: string | readonly string[],
  step: string,
  body: (asker: Asker, part: Part) => Promise<void>,
): Promise<void> {
  const population = createPopulation(context, 1);
  return context.runPart(scenario, async (part) => {
    await enterUsers(part, population, { at: [at].flat().slice(0, 1) });
    context.step(step);
    await runWithAsker(part, population, { at }, (asker) => body(asker, part));
  });
}

function judgeAnswers(part: PartSummary, { plan }: Seen): Judgement {
  const atTarget = plan.options.target !== undefined;
  const signedOut = part.scenario === 'sign-out';
  const sight = signedOut ? readReplay(part, atTarget) : readAnswers(part);
  const exposureMs = Math.round(part.exposure?.max ?? 0);
  const exposure = atTarget
    ? `after ${formatMs(exposureMs)}`
    : `for ${formatMs(exposureMs)} (token life ${TOKEN_TTL_SECONDS} s)`;
  return {
    text: sight === 'still accepted' ? `${sight} ${exposure}` : sight,
    outcome: sight === 'unknown' ? 'unknown' : sight === findPromise(part) ? 'holds' : 'broken',
    tone: GOOD.includes(sight) ? 'good' : sight === 'unknown' ? 'neutral' : 'bad',
    ...(signedOut ? { exposureMs } : {}),
  };
}

function findPromise({ side, scenario, servers }: PartSummary): Sight | undefined {
  const promise = PROMISES[side];
  if (scenario === 'sign-out') return promise?.afterSignOut;
  // A target of several servers without affinity sends the second request to another server.
  const sameServer = scenario === 'second-request' && servers.filter(({ answered }) => answered > 0).length < 2;
  return sameServer ? 'still signed in' : promise?.elsewhere;
}

function readAnswers(part: PartSummary): Sight {
  const { outcomes, lost } = part;
  if (outcomes.wrongUser > 0) return 'WRONG USER';
  if (lost.count > 0) return 'signed out';
  const asked = countAsked(part);
  return asked > 0 && outcomes.ok === asked ? 'still signed in' : 'unknown';
}

/** Unknown unless the credential was refused in the end. The token of a target may outlive the watching. */
function readReplay({ outcomes, signOuts }: PartSummary, atTarget: boolean): Sight {
  if (outcomes.wrongUser > 0) return 'WRONG USER';
  const accepted = outcomes.acceptedAfterSignOut > 0;
  if (outcomes.refused === 0 && !(atTarget && signOuts > 0 && accepted)) return 'unknown';
  return accepted ? 'still accepted' : 'refused immediately';
}
