// Everybody has used every server; then each signs out at one of them, and whoever kept a copy replays the credential at
// the others until it is refused. For how long was it good?

import { setTimeout as delay } from 'node:timers/promises';
import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { type Asker, runWithAsker } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { enterTarget } from '../load/strangers.ts';
import { sides } from '../setup/sides.ts';
import {
  adviseAffinity,
  count,
  createCells,
  createSentence,
  describeServers,
  findPart,
  listEvidence,
  millis,
  seconds,
} from './cells.ts';

/** s; the exposure of a signed token is what is left of it. */
const TOKEN_TTL_SECONDS = 10;
const POLL_MS = 20;
/** A session that is still good after this is watched no longer: it was not ended. */
const WATCH_SESSION_MS = 3_000;
const SIGN_OUTS_AT_ONCE = 16;
/** Of a target: which of its servers answers is not the lab's to say, so each round asks twice as often as there are. */
const ASKED_PER_SERVER = 2;
/** ms; somebody's deployment is asked less often than servers of the lab's own. */
const TARGET_POLL_MS = 250;
const timesOf = ({ servers }: { readonly servers: number }) => servers * ASKED_PER_SERVER;

export const revocation: Experiment<Lab> = {
  id: 'revocation',
  title: 'Sign-out',
  question: 'A user signs out at one server. For how long do the other servers still take the credential?',
  hypothesis: 'A session ends everywhere with the acknowledged sign-out; a signed token is good until it expires.',
  summary: 'sign out at one server, replay at the others: exposure in seconds, per mode',
  sides: sides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'sign-out', text: 'Sign out at one server, replay at {servers}' }],
  defaults: { servers: 3, users: 20, rate: 1, seconds: 1 },
  full: { servers: 3, users: 100, rate: 1, seconds: 1 },
  remote: {
    scenarios: [{ id: 'sign-out', text: 'Sign out, replay at the same address' }],
    requests: (options) => Math.round(options.users * (timesOf(options) * (1 + WATCH_SESSION_MS / TARGET_POLL_MS) + 1)),
  },

  async run(lab) {
    const { target } = lab.options;
    for (const { id } of lab.sides)
      await lab.on(id, (context) => (target === undefined ? revoke(context) : revokeAt(context, target)));
  },

  judge(plan, parts) {
    const atTarget = plan.options.target !== undefined;
    const cells = createCells(plan, parts, (part) => cellOf(part, atTarget));
    const jwt = findPart(parts, 'jwt', 'sign-out')?.exposure?.max;
    const rest = parts.filter(({ side }) => side !== 'jwt').map(({ side }) => side);
    const ended = rest.length === 0 ? '' : `With ${rest.join(', ')} a sign-out is final at once`;
    const on = atTarget ? 'was still good when' : 'went on working for up to';
    const token = jwt == null ? '' : `a signed token ${on} ${seconds(jwt)}${atTarget ? ' had gone by' : ''}`;
    const good = [ended, token].filter((text) => text !== '').join('; ');
    return {
      sentence: createSentence(cells, `${good.charAt(0).toUpperCase()}${good.slice(1)}.`),
      cells,
      checks: [],
      notes: [
        !atTarget
          ? `Tokens live ${TOKEN_TTL_SECONDS} s here (JWT_TTL_SECONDS).`
          : `Watched for ${seconds(WATCH_SESSION_MS)} after each sign-out; a token that is still good then stays so until it expires. ` +
            `${describeServers(parts)} A server that was not met is not in the exposure.`,
        ...(atTarget ? adviseAffinity(parts) : []),
      ],
    };
  },
};

async function revoke(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step(`starting ${servers} servers`);
  const env = context.side.api === 'stateless' ? { JWT_TTL_SECONDS: String(TOKEN_TTL_SECONDS) } : {};
  const fleet = await context.servers(servers, env);
  const urls = fleet.map(({ url }) => url);
  const population = createPopulation(context, users);
  await context.part('sign-out', async (part) => {
    context.step(`signing ${count(users)} users in`);
    await registerAccounts(population, urls, context.signal);
    await signIn(context, part, population, { at: urls });
    await runWithAsker(part, population, { at: urls }, async (asker) => {
      // Whatever a server may remember of a session, it remembers now. Sessions in memory are known at home only.
      const everywhere = context.side.affinity ? [undefined] : urls.map((_, server) => server);
      for (const server of everywhere) await allAsk(part, asker, users, server);
      context.step('signing out, replaying at every server until it is refused');
      const everybody = Array.from({ length: users }, (_, user) => user);
      const watchMs = context.side.api === 'stateless' ? (TOKEN_TTL_SECONDS + 3) * 1000 : WATCH_SESSION_MS;
      // Tokens are watched until they expire, all of them at once.
      const atOnce = context.side.api === 'stateless' ? users : SIGN_OUTS_AT_ONCE;
      await runInTurns(everybody, atOnce, (user) =>
        leave(part, asker, user, { servers: [...urls.keys()], watchMs, pollMs: POLL_MS }),
      );
    });
  });
}

async function revokeAt(context: ExperimentContext, at: string): Promise<void> {
  const { users } = context.options;
  const times = timesOf(context.options);
  const population = createPopulation(context, users);
  await context.part('sign-out', async (part) => {
    context.step(`signing ${count(users)} users in`);
    await enterTarget(context, part, population, at);
    await runWithAsker(part, population, { at }, async (asker) => {
      for (let time = 0; time < times; time++) await allAsk(part, asker, users, undefined);
      context.step('signing out, replaying at the same address until it is refused');
      const replay = {
        servers: Array<undefined>(times).fill(undefined),
        watchMs: WATCH_SESSION_MS,
        pollMs: TARGET_POLL_MS,
      };
      await runInTurns([...Array(users).keys()], SIGN_OUTS_AT_ONCE, (user) => leave(part, asker, user, replay));
    });
  });
}

const allAsk = (part: Part, asker: Asker, users: number, server: number | undefined) =>
  runInTurns([...Array(users).keys()], 16, (user) => asker.askNow(user, part.now(), false, server));

interface Replay {
  /** Asked in each round; undefined: whichever the address leads to. */
  readonly servers: readonly (number | undefined)[];
  readonly watchMs: number;
  readonly pollMs: number;
}

/** Replays everywhere, round after round, until a whole round was refused. */
async function leave(part: Part, asker: Asker, user: number, { servers, watchMs, pollMs }: Replay): Promise<void> {
  await asker.signOut(user);
  const deadline = part.now() + watchMs;
  for (;;) {
    const servings = servers.map((server) => asker.askNow(user, part.now(), false, server));
    const outcomes = await Promise.all(servings);
    if (outcomes.every((outcome) => outcome === 'refused') || part.now() > deadline) return;
    await delay(pollMs);
  }
}

function cellOf(part: PartSummary, atTarget: boolean): Omit<Cell, 'scenario' | 'side'> {
  const exposure = part.exposure;
  const max = exposure?.max ?? 0;
  const accepted = exposure?.accepted ?? 0;
  const token = part.side === 'jwt';
  const unknown = exposure === null || exposure.users < part.signIns;
  const time = max < 1000 ? millis(max) : seconds(max);
  // A target's token outlives the watching: when it ends was not seen.
  const on = token && atTarget ? `still accepted when ${time} had gone by` : `accepted for up to ${time}`;
  const heard = `${count(exposure?.users ?? 0)} of ${count(part.signIns)} sign-outs acknowledged`;
  const text = accepted === 0 ? (unknown ? heard : 'refused at once') : on;
  return {
    text: accepted === 0 ? text : `${text} (${count(accepted)} of ${count(exposure?.users ?? 0)} users)`,
    outcome: unknown ? 'unknown' : token === accepted > 0 ? 'holds' : 'broken',
    tone: accepted === 0 ? 'good' : 'bad',
    exposureMs: Math.round(max),
    evidence: listEvidence(part),
  };
}
