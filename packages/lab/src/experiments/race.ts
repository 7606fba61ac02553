// Two requests of one user at the same moment: a slow one that ends after the sign-out, and two that both change the session.
// Through @fastify/session with the store that it brings, and through ours.

import { request } from 'undici';
import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { createPerson } from '../load/person.ts';
import { beginPost } from '../load/slow-post.ts';
import { sides } from '../setup/sides.ts';
import { count, createCells, createSentence, listEvidence } from './cells.ts';

const PEER = 'fastify-session';
const AT_ONCE = 5;

export const race: Experiment<Lab> = {
  id: 'race',
  title: 'Two requests at once',
  question: 'A slow request ends after the sign-out; two requests change the session at once. What is left?',
  hypothesis:
    'With ours a sign-out stays final and no acknowledged change is lost; @fastify/session with its own store brings the ' +
    'session back and loses a change.',
  summary: 'a slow request that ends after sign-out, two writers: @fastify/session and ours',
  sides: sides(PEER, 'memory', 'redis'),
  scenarios: [
    { id: 'sign-out', text: 'A slow request ends after the sign-out' },
    { id: 'writers', text: 'Two requests change the session at once' },
  ],
  defaults: { servers: 1, users: 10, rate: 1, seconds: 1 },
  full: { servers: 1, users: 50, rate: 1, seconds: 1 },
  remote: false,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, bothRaces);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const said = (side: string) =>
      cells
        .filter((cell) => cell.side === side)
        .map(({ text }) => text)
        .join(', ');
    const good = plan.sides.map(({ id }) => `${id}: ${said(id)}`).join('; ');
    return { sentence: createSentence(cells, `${good}.`), cells, checks: [] };
  },
};

async function bothRaces(context: ExperimentContext): Promise<void> {
  context.step('starting one server');
  const [server] = await context.servers(1);
  if (server === undefined) throw new Error('One server was asked for.');
  const users = Array.from({ length: context.options.users }, (_, user) => user);
  context.step('slow requests that end after the sign-out');
  await context.part('sign-out', async (part) => {
    await runInTurns(users, AT_ONCE, (user) => outliveSignOut(context, part, server.url, user));
  });
  context.step('two requests that change the session at once');
  await context.part('writers', async (part) => {
    const results = await runInTurns(users, AT_ONCE, (user) => writeTwice(context, part, server.url, user));
    const sum = (name: keyof Written) => results.reduce((all, result) => all + result[name], 0);
    part.figure('acknowledged', sum('acknowledged'), 'writes', 'answered with 200');
    part.figure('conflicts', sum('conflicts'), 'writes', 'answered with 409: try again');
    part.figure('lost', sum('lost'), 'writes', 'answered with 200, and not in the session afterwards');
  });
}

async function outliveSignOut(context: ExperimentContext, part: Part, url: string, user: number): Promise<void> {
  const person = createPerson(part, context.side, user);
  await person.signUp(url);
  const slow = await beginPost(`${url}/cart/items`, { cookie: person.credential() }, { sku: 'slow', quantity: 1 });
  await person.signOut(url);
  await slow.finish();
  await person.ask(url);
}

interface Written {
  readonly acknowledged: number;
  readonly conflicts: number;
  readonly lost: number;
}

async function writeTwice(context: ExperimentContext, part: Part, url: string, user: number): Promise<Written> {
  const person = createPerson(part, context.side, context.options.users + user);
  await person.signUp(url);
  const cookie = { cookie: person.credential() };
  const skus = ['first', 'second'];
  const posts = await Promise.all(skus.map((sku) => beginPost(`${url}/cart/items`, cookie, { sku, quantity: 1 })));
  const statuses: number[] = [];
  for (const post of posts) statuses.push(await post.finish());
  const answer = await request(`${url}/cart`, { headers: cookie });
  const { items = [] } = (await answer.body.json()) as { items?: { sku: string }[] };
  const acknowledged = skus.filter((_, index) => statuses[index] === 200);
  return {
    acknowledged: acknowledged.length,
    conflicts: statuses.filter((status) => status === 409).length,
    lost: acknowledged.filter((sku) => !items.some((item) => item.sku === sku)).length,
  };
}

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const peer = part.side === PEER;
  if (part.scenario === 'sign-out') {
    const { acceptedAfterSignOut: back, refused } = part.outcomes;
    const all = count(part.signOuts);
    return {
      text: back === 0 ? 'the sign-out stands' : `${count(back)} of ${all} signed-out sessions came back`,
      outcome: back + refused === 0 ? 'unknown' : peer === back > 0 ? 'holds' : 'broken',
      tone: back === 0 ? 'good' : 'bad',
      evidence: listEvidence(part),
    };
  }
  const { acknowledged, conflicts, lost } = part.figures;
  const gone = lost?.value ?? 0;
  const refused = conflicts?.value ?? 0;
  const ours =
    refused === 0
      ? 'no acknowledged change lost'
      : `no acknowledged change lost, ${count(refused)} told to try again (409)`;
  return {
    text: gone === 0 ? ours : `${count(gone)} of ${count(acknowledged?.value ?? 0)} acknowledged changes lost`,
    outcome: (acknowledged?.value ?? 0) === 0 ? 'unknown' : peer === gone > 0 ? 'holds' : 'broken',
    tone: gone === 0 ? 'good' : 'bad',
    evidence: listEvidence(part),
  };
}
