// All users have used every server. Then each signs out at one of them, and a copy of the credential is replayed at the
// others until it is refused. For how long did it work?

import { setTimeout as delay } from 'node:timers/promises';
import { formatCount, formatMs } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type { Experiment, ExperimentContext, Judgement, Part, PartSummary, Seen } from '../contracts/experiment.ts';
import { adviseAffinity, describeServers, findPart } from '../judge/parts.ts';
import { type Asker, runWithAsker } from '../load/asker.ts';
import { createPopulation } from '../load/population.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';

/** s; the exposure of a signed token is the rest of its life. */
const TOKEN_TTL_SECONDS = 10;
/** ms; a session that still works after this is watched no longer: it was not ended. */
const WATCH_SESSION_MS = 3_000;
const WATCH_TOKEN_MS = (TOKEN_TTL_SECONDS + 3) * 1_000;
const PARALLEL = 16;
/** ms between two rounds of replays; a target that is not the lab's is asked less often. */
const POLL_MS = { own: 20, target: 250 };
/** The lab cannot choose the server of a target, so each round asks twice as often as there are servers. */
const countTargetRequests = ({ servers }: { readonly servers: number }) => servers * 2;

export const revocation: Experiment = {
  id: 'revocation',
  title: 'Sign-out',
  question: 'A user signs out at one server. For how long do the other servers still take the credential?',
  hypothesis: 'A session ends everywhere with the acknowledged sign-out; a signed token works until it expires.',
  summary: 'sign out at one server, replay at the others: exposure in seconds, per mode',
  sides: pickSides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'sign-out', text: 'Sign out at one server, replay at {servers}' }],
  defaults: { servers: 3, users: 20, rate: 1, seconds: 1 },
  full: { servers: 3, users: 100, rate: 1, seconds: 1 },
  takes: { defaults: 16, full: 17 },
  remote: {
    scenarios: [{ id: 'sign-out', text: 'Sign out, replay at the same address' }],
    requests: (options) =>
      Math.round(options.users * (countTargetRequests(options) * (1 + WATCH_SESSION_MS / POLL_MS.target) + 1)),
  },

  run: (lab) => lab.onEachSide(revoke),
  judgePart: judgeExposure,
  summarize({ plan, parts }) {
    const token = findPart(parts, 'jwt', 'sign-out')?.exposure?.max;
    const sessions = parts.filter(({ side }) => side !== 'jwt').map(({ side }) => side);
    const worked = plan.options.target === undefined ? 'worked for up to' : 'still worked after';
    return [
      ...(sessions.length === 0 ? [] : [`With ${sessions.join(', ')} a sign-out takes effect immediately.`]),
      ...(token == null ? [] : [`A signed token ${worked} ${formatMs(token)}.`]),
    ].join(' ');
  },
  notes({ plan, parts }) {
    if (plan.options.target === undefined) return [`Tokens live ${TOKEN_TTL_SECONDS} s here (JWT_TTL_SECONDS).`];
    const watched =
      `Watched for ${formatMs(WATCH_SESSION_MS)} after each sign-out; a token that still works then does so until it expires. ` +
      `${describeServers(parts)} The exposure does not cover a server that did not answer.`;
    return [watched, ...adviseAffinity(parts)];
  },
};

async function revoke(context: ExperimentContext): Promise<void> {
  const { users, target } = context.options;
  const stateless = context.side.api === 'stateless';
  const at = target ?? (await startFleet(context));
  const population = createPopulation(context, users);
  const everyUser = [...Array(users).keys()];
  const replay: Replay = {
    // Each server of the lab, or the address of the target several times.
    servers: typeof at === 'string' ? Array(countTargetRequests(context.options)).fill(undefined) : [...at.keys()],
    watchMs: stateless && target === undefined ? WATCH_TOKEN_MS : WATCH_SESSION_MS,
    pollMs: target === undefined ? POLL_MS.own : POLL_MS.target,
  };
  await context.runPart('sign-out', async (part) => {
    await enterUsers(part, population, { at });
    await runWithAsker(part, population, { at }, async (asker) => {
      // Afterwards every server has cached what it caches. Sessions in memory are used at their own server only.
      for (const server of context.side.affinity ? [undefined] : replay.servers)
        await runInTurns(everyUser, PARALLEL, (user) => asker.ask(user, { server }));
      context.step('signing out, replaying until the credential is refused');
      // Tokens are watched until they expire, all at the same time.
      await runInTurns(everyUser, stateless ? users : PARALLEL, (user) => leave(part, asker, user, replay));
    });
  });
}

async function startFleet(context: ExperimentContext): Promise<string[]> {
  const { servers } = context.options;
  context.step(`starting ${servers} servers`);
  const env = context.side.api === 'stateless' ? { JWT_TTL_SECONDS: String(TOKEN_TTL_SECONDS) } : {};
  return (await context.startServers(servers, { env })).map(({ url }) => url);
}

interface Replay {
  readonly servers: readonly (number | undefined)[];
  readonly watchMs: number;
  readonly pollMs: number;
}

/** Replays everywhere, round after round, until every server refused in one round. */
async function leave(part: Part, asker: Asker, user: number, { servers, watchMs, pollMs }: Replay): Promise<void> {
  await asker.signOut(user);
  const deadline = part.now() + watchMs;
  for (;;) {
    const outcomes = await Promise.all(servers.map((server) => asker.ask(user, { server })));
    if (outcomes.every((outcome) => outcome === 'refused') || part.now() > deadline) return;
    await delay(pollMs);
  }
}

function judgeExposure(part: PartSummary, { plan }: Seen): Judgement {
  const { users = 0, accepted = 0, max = 0 } = part.exposure ?? {};
  const unknown = users < part.signIns;
  const token = part.side === 'jwt';
  const acknowledged = `${formatCount(users)} of ${formatCount(part.signIns)} sign-outs acknowledged`;
  // The token of a target outlives the watching: its end was not seen.
  const open = token && plan.options.target !== undefined;
  const exposed = `${open ? 'still accepted after' : 'accepted for up to'} ${formatMs(max)}`;
  const refused = unknown ? acknowledged : 'refused immediately';
  return {
    text: accepted === 0 ? refused : `${exposed} (${formatCount(accepted)} of ${formatCount(users)} users)`,
    outcome: unknown ? 'unknown' : token === accepted > 0 ? 'holds' : 'broken',
    tone: accepted === 0 ? 'good' : 'bad',
    exposureMs: Math.round(max ?? 0),
  };
}
