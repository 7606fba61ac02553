import type { Experiment, ExperimentContext } from '../../src/contracts/experiment.ts';
import { runWithAsker } from '../../src/load/asker.ts';
import { createPopulation } from '../../src/load/population.ts';
import { enterUsers } from '../../src/load/sign-in.ts';
import { pickSides } from '../../src/setup/sides.ts';
import { pause } from './pause.ts';

const SIZE = { servers: 1, users: 1, rate: 1, seconds: 1 };

export const afterAPause: Experiment = {
  id: 'after-a-pause',
  title: 'After a pause',
  question: 'A server hangs for half a second. Who is signed in afterwards?',
  hypothesis: 'A pause signs no user out, whatever the mode.',
  summary: 'a server is paused and goes on: who is still signed in',
  sides: pickSides('jwt', 'memory', 'redis'),
  scenarios: [{ id: 'pause', text: 'Paused for half a second' }],
  defaults: SIZE,
  full: SIZE,
  takes: { defaults: 6, full: 6 },
  run: (lab) => lab.onEachSide(askAfterwards),
  judgePart({ lost, outcomes }) {
    const kept = lost.count === 0 && outcomes.ok === 1;
    const text = kept ? 'still signed in' : 'not signed in';
    return { text, outcome: kept ? 'holds' : 'broken', tone: kept ? 'good' : 'bad' };
  },
  summarize: () => 'A pause signs no user out.',
};

async function askAfterwards(context: ExperimentContext): Promise<void> {
  const [server] = await context.startServers(1);
  const at = server.url;
  const population = createPopulation(context, 1);
  await context.runPart('pause', async (part) => {
    await enterUsers(part, population, { at });
    await pause(part, server, 500);
    await runWithAsker(part, population, { at }, async ({ ask }) => void (await ask(0)));
  });
}
