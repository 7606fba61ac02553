// One of several servers hangs for a while and goes on: who waits, who is refused meanwhile, and are all users back?

import { formatCount } from '../common/format.ts';
import type { Experiment, ExperimentContext, Judgement, PartSummary } from '../contracts/experiment.ts';
import { pauseServer, resumeServer } from '../faults/pause.ts';
import { listCells } from '../judge/cells.ts';
import { countErrors, describeFailures } from '../judge/parts.ts';
import { pickSides } from '../setup/sides.ts';
import { runUnderFault, startFleet } from './under-fault.ts';

export const pause: Experiment = {
  id: 'pause',
  title: 'One server hangs',
  question:
    'One of the servers hangs for a while and goes on. Who waits, who is refused meanwhile, are all users back?',
  hypothesis:
    'The gateway leaves out the server that hangs. The users of its memory are refused until it goes on, others only wait; ' +
    'afterwards all users are signed in.',
  summary: 'one of three servers hangs (SIGSTOP) under load and goes on: who waits, who is refused meanwhile',
  sides: pickSides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'pause', text: 'One of {servers} servers hangs for a third of {seconds} s' }],
  defaults: { servers: 3, users: 150, rate: 100, seconds: 9 },
  full: { servers: 3, users: 500, rate: 200, seconds: 15 },
  takes: { defaults: 47, full: 75 },

  run: (lab) => lab.onEachSide(hangOne),
  judgePart: judgePause,
  summarize: ({ cells }) => `While one server hangs, ${listCells(cells)}.`,
};

async function hangOne(context: ExperimentContext): Promise<void> {
  const { fleet, gateway, population } = await startFleet(context);
  const [victim] = fleet;
  await context.runPart('pause', (part) =>
    runUnderFault(part, {
      at: gateway.url,
      servers: fleet,
      population,
      label: 'pause',
      what: `${victim.name} hangs for a third`,
      fault: () => pauseServer(part, victim, { forgets: context.side.affinity }),
      heal: () => resumeServer(part, victim),
    }),
  );
}

function judgePause(part: PartSummary): Judgement {
  const { lost, signIns, outcomes } = part;
  const back = part.bins.at(-1)?.users.signedIn === signIns;
  const refused =
    lost.count === 0
      ? 'no user refused'
      : `${formatCount(lost.count)} of ${formatCount(signIns)} users refused meanwhile`;
  // With memory, a pause that refuses no user had no effect, and proves nothing.
  const promised = back && (part.side === 'memory+affinity' ? lost.count > 0 : lost.count === 0);
  return {
    text: `${refused}; ${describeFailures(part)}; ${back ? 'all users back' : 'NOT all users back'}`,
    outcome: outcomes.ok === 0 ? 'unknown' : promised ? 'holds' : 'broken',
    tone: lost.count === 0 && countErrors(part) === 0 ? 'good' : 'bad',
  };
}
