import type { ExperimentContext, Lab } from '../../src/context/lab.ts';
import type { Experiment } from '../../src/contracts/experiment.ts';
import { createCells, createSentence, listEvidence } from '../../src/experiments/cells.ts';
import { createPerson } from '../../src/load/person.ts';
import { sides } from '../../src/setup/sides.ts';
import { pause } from './pause.ts';

const SIZE = { servers: 1, users: 1, rate: 1, seconds: 1 };

export const afterAPause: Experiment<Lab> = {
  id: 'after-a-pause',
  title: 'After a pause',
  question: 'A server stands still for half a second. Who is signed in afterwards?',
  hypothesis: 'Everybody: a pause forgets nothing, whatever the mode.',
  summary: 'a server is paused and goes on: who is still signed in',
  sides: sides('jwt', 'memory', 'redis'),
  scenarios: [{ id: 'pause', text: 'Paused for half a second' }],
  defaults: SIZE,
  full: SIZE,
  remote: false,
  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, askAfterwards);
  },
  judge(plan, parts) {
    const cells = createCells(plan, parts, (part) => {
      const still = part.lost.count === 0 && part.outcomes.ok === 1;
      const text = still ? 'still signed in' : 'not signed in';
      return { text, outcome: still ? 'holds' : 'broken', tone: still ? 'good' : 'bad', evidence: listEvidence(part) };
    });
    return { sentence: createSentence(cells, 'A pause signs nobody out.'), cells, checks: [] };
  },
};

async function askAfterwards(context: ExperimentContext): Promise<void> {
  const [server] = await context.servers(1);
  if (server === undefined) return;
  await context.part('pause', async (part) => {
    const ada = createPerson(part, context.side, 1);
    await ada.signUp(server.url);
    await pause(part, server, 500);
    await ada.ask(server.url);
  });
}
