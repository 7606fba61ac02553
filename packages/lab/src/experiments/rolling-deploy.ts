// Every server is replaced, one after the other, under load: does a request fail, is a user signed out?

import type { Experiment, Judgement, Part, PartSummary } from '../contracts/experiment.ts';
import { drainAndRestart } from '../faults/end.ts';
import { countErrors, describeFailures, describeLost, judgeFailures } from '../judge/parts.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';
import { startFleet } from './under-fault.ts';

export const rollingDeploy: Experiment = {
  id: 'rolling-deploy',
  title: 'Rolling deploy',
  question: 'All servers are replaced, one by one, under load. Does a request fail, is a user signed out?',
  hypothesis:
    'If servers drain and the gateway retries, no request fails; no user is signed out unless sessions are in the memory ' +
    'of the servers.',
  summary: 'ten servers replaced one by one under load: no failed request, no user signed out (jwt, redis)',
  sides: pickSides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'deploy', text: '{servers} servers replaced one by one' }],
  defaults: { servers: 4, users: 200, rate: 100, seconds: 8 },
  full: { servers: 10, users: 1_000, rate: 150, seconds: 20 },
  takes: { defaults: 45, full: 113 },

  run: (lab) => lab.onEachSide((context) => context.runPart('deploy', deploy)),
  judgePart: judgeDeploy,
  summarize({ parts }) {
    const kept = parts.filter(({ lost }) => lost.count === 0).map(({ side }) => side);
    return `Every server was replaced and no request failed; ${kept.join(', ')} kept all users signed in.`;
  },
};

async function deploy(part: Part): Promise<void> {
  const { context } = part;
  const { rate, seconds } = context.options;
  const { fleet, gateway, population } = await startFleet(context);
  const at = gateway.url;
  const urls = fleet.map(({ url }) => url);
  await enterUsers(part, population, { at }, urls);
  await callRoll(part, population, { at });
  context.step(`${rate} requests/s for ${seconds} s, each server replaced meanwhile`);
  const load = runOpenLoop(part, population, { at, label: 'deploy' });
  for (const server of fleet) {
    context.signal.throwIfAborted();
    // As an orchestrator does it: out of the gateway first, then SIGTERM.
    await gateway.serve(fleet.filter((other) => other !== server));
    await drainAndRestart(part, server, { forgets: context.side.affinity });
    await gateway.serve(fleet);
  }
  await load;
  await callRoll(part, population, { at });
}

function judgeDeploy(part: PartSummary): Judgement {
  const { lost, side } = part;
  const outcome = judgeFailures(part, lost.count > 0 === (side === 'memory+affinity'));
  const loaded = wasLoadedThroughout(part);
  const hint = loaded ? '' : '; the load ended before the last server was replaced: take more --seconds';
  return {
    text: `${describeLost(part)}; ${describeFailures(part)}${hint}`,
    outcome: outcome === 'holds' && !loaded ? 'unknown' : outcome,
    tone: lost.count === 0 && countErrors(part) === 0 ? 'good' : 'bad',
  };
}

/** Without requests meanwhile, replacing a server proves nothing. */
function wasLoadedThroughout({ bins, marks }: PartSummary): boolean {
  const lastRequest = bins.findLast(({ ok, failed, signedOut }) => ok + failed + signedOut > 0)?.at ?? 0;
  return marks.every(({ kind, at }) => kind !== 'drain' || at <= lastRequest);
}
