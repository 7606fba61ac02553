// Every server is replaced, one after the other, while everybody asks: does anybody notice?

import type { ExperimentContext, Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { drainAndRestart } from '../faults/restart.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { startGateway } from '../processes/gateway.ts';
import { sides } from '../setup/sides.ts';
import {
  count,
  countErrors,
  createCells,
  createSentence,
  describeFailures,
  judgeFailures,
  listEvidence,
} from './cells.ts';

export const rollingDeploy: Experiment<Lab> = {
  id: 'rolling-deploy',
  title: 'Rolling deploy',
  question: 'All servers are replaced, one by one, under load. Does a request fail, is anybody signed out?',
  hypothesis:
    'With draining servers and a gateway that retries, no request fails; nobody is signed out unless sessions live in ' +
    'the servers’ memory.',
  summary: 'ten servers replaced one by one under load: no failed request, nobody signed out (jwt, redis)',
  sides: sides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'deploy', text: '{servers} servers replaced one by one' }],
  defaults: { servers: 4, users: 200, rate: 100, seconds: 8 },
  full: { servers: 10, users: 1_000, rate: 150, seconds: 20 },
  remote: false,
  // Who is signed out does not hang on some ms.
  latenessBoundMs: 250,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, deploy);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const kept = parts.filter(({ lost }) => lost.count === 0).map(({ side }) => side);
    const good = `Every server was replaced and no request failed; ${kept.join(', ')} kept everybody signed in.`;
    return { sentence: createSentence(cells, good), cells, checks: [] };
  },
};

async function deploy(context: ExperimentContext): Promise<void> {
  const { servers, users, rate, seconds, seed } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const fleet = await context.servers(servers);
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, users);
  await context.part('deploy', async (part) => {
    context.step(`signing ${count(users)} users in`);
    await registerAccounts(
      population,
      fleet.map(({ url }) => url),
      context.signal,
    );
    await signIn(context, part, population, { at: gateway.url });
    await callRoll(context, part, population, { at: gateway.url });
    context.step(`${rate} requests/s for ${seconds} s, each server replaced meanwhile`);
    const random = createRandom(seed, 'deploy');
    const load = runOpenLoop(context, part, population, {
      at: gateway.url,
      rate,
      seconds,
      arrivals: 'poisson',
      random,
    });
    for (const server of fleet) {
      context.signal.throwIfAborted();
      // As an orchestrator does: out of the gateway first, then SIGTERM.
      await gateway.serve(fleet.filter((other) => other !== server));
      await drainAndRestart(part, server, { forgets: context.side.affinity });
      await gateway.serve(fleet);
    }
    part.figure('deploy_seconds', part.now() / 1000, 's', 'from the first sign-in to the last server replaced');
    await load;
    context.step('roll call: who is still signed in');
    await callRoll(context, part, population, { at: gateway.url });
  });
}

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const { lost, signIns } = part;
  const errors = countErrors(part);
  const outcome = judgeFailures(part, lost.count > 0 === (part.side === 'memory+affinity'));
  const asked = askedThroughout(part);
  const who = lost.count === 0 ? 'all stay signed in' : `${count(lost.count)} of ${count(signIns)} signed out`;
  return {
    text: `${who}; ${describeFailures(part)}${asked ? '' : '; the load ended before the last was replaced: more --seconds'}`,
    outcome: outcome === 'holds' && !asked ? 'unknown' : outcome,
    tone: lost.count === 0 && errors === 0 ? 'good' : 'bad',
    lost: lost.count,
    errors,
    ...(part.responseTime.p99 === null ? {} : { p99Ms: part.responseTime.p99 }),
    evidence: listEvidence(part),
  };
}

/** A server that is replaced while nobody asks fails nobody. */
function askedThroughout({ bins, marks }: PartSummary): boolean {
  const lastAsked = bins.findLast(({ ok, failed, signedOut }) => ok + failed + signedOut > 0)?.at ?? 0;
  return marks.every(({ kind, at }) => kind !== 'drain' || at <= lastAsked);
}
