// Two requests of one user at the same moment: a slow one that ends after the sign-out, and two that both change the
// session. With @fastify/session and its own store, and with this project's stores.

import { once } from 'node:events';
import { request as startRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { formatCount } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type { Experiment, ExperimentContext, Judgement, Part, PartSummary } from '../contracts/experiment.ts';
import { runWithAsker } from '../load/asker.ts';
import { createPopulation } from '../load/population.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';

const PEER = 'fastify-session';
const PARALLEL = 5;

export const race: Experiment = {
  id: 'race',
  title: 'Two requests at the same time',
  question: 'A slow request ends after the sign-out; two requests change the session at the same time. What is left?',
  hypothesis:
    'With the stores of this project a sign-out stays final and no acknowledged change is lost; @fastify/session with its ' +
    'own store brings the session back and loses a change.',
  summary: 'a slow request that ends after sign-out, two writers: @fastify/session and this project',
  sides: pickSides(PEER, 'memory', 'redis'),
  scenarios: [
    { id: 'sign-out', text: 'A slow request ends after the sign-out' },
    { id: 'writers', text: 'Two requests change the session at the same time' },
  ],
  defaults: { servers: 1, users: 10, rate: 1, seconds: 1 },
  full: { servers: 1, users: 50, rate: 1, seconds: 1 },
  takes: { defaults: 5, full: 14 },

  run: (lab) => lab.onEachSide(runBothRaces),
  judgePart: (part) => (part.scenario === 'sign-out' ? judgeSignOut(part) : judgeWriters(part)),
  summarize({ plan, cells }) {
    const listTexts = (id: string) => cells.filter(({ side }) => side === id).map(({ text }) => text);
    return `${plan.sides.map(({ id }) => `${id}: ${listTexts(id).join(', ')}`).join('; ')}.`;
  },
};

async function runBothRaces(context: ExperimentContext): Promise<void> {
  context.step('starting one server');
  const [{ url }] = await context.startServers(1);
  const users = [...Array(context.options.users).keys()];
  const population = createPopulation(context, users.length);
  await context.runPart('sign-out', async (part) => {
    await enterUsers(part, population, { at: url });
    context.step('slow requests that end after the sign-out');
    await runWithAsker(part, population, { at: url }, async ({ ask, signOut }) => {
      await runInTurns(users, PARALLEL, async (user) => {
        const slow = await addItem(url, population.createHeaders(user), 'slow');
        await signOut(user);
        await slow.finish();
        await ask(user);
      });
    });
  });
  await context.runPart('writers', async (part) => {
    await enterUsers(part, population, { at: url });
    context.step('two requests that change the session at the same time');
    const written = await runInTurns(users, PARALLEL, (user) => writeTwice(url, population.createHeaders(user)));
    recordWritten(part, written);
  });
}

/** From "100 Continue" on: the time in which the server reads the session, also from a store. */
const READING_MS = 200;

/**
 * A forced race, which needs nothing from the server: the headers arrive, the server reads the session, and the body
 * comes when `finish` is called. @returns when the server has read the session
 */
async function addItem(url: string, cookies: Record<string, string>, sku: string) {
  const text = JSON.stringify({ sku, quantity: 1 });
  const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const headers = { ...cookies, ...length, expect: '100-continue' };
  const post = startRequest(`${url}/cart/items`, { method: 'POST', headers });
  const answered = once(post, 'response');
  answered.catch(() => undefined);
  post.flushHeaders();
  await once(post, 'continue');
  await delay(READING_MS);
  /** Sends the body. @returns the status */
  const finish = async (): Promise<number> => {
    post.end(text);
    const [answer] = await answered;
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  };
  return { finish };
}

interface Written {
  readonly acknowledged: number;
  readonly conflicts: number;
  readonly lost: number;
}

async function writeTwice(url: string, headers: Record<string, string>): Promise<Written> {
  const skus = ['first', 'second'];
  const posts = await Promise.all(skus.map((sku) => addItem(url, headers, sku)));
  const statuses: number[] = [];
  for (const post of posts) statuses.push(await post.finish());
  const answer = await request(`${url}/cart`, { headers });
  const { items = [] } = (await answer.body.json()) as { items?: { sku: string }[] };
  const acknowledged = skus.filter((_, index) => statuses[index] === 200);
  return {
    acknowledged: acknowledged.length,
    conflicts: statuses.filter((status) => status === 409).length,
    lost: acknowledged.filter((sku) => !items.some((item) => item.sku === sku)).length,
  };
}

function recordWritten(part: Part, written: readonly Written[]): void {
  const record = (name: keyof Written, text: string) => {
    const sum = written.reduce((all, one) => all + one[name], 0);
    part.recordFigure(name, sum, 'writes', text);
  };
  record('acknowledged', 'answered with 200');
  record('conflicts', 'answered with 409: try again');
  record('lost', 'answered with 200, and not in the session afterwards');
}

function judgeSignOut({ outcomes, side, signOuts }: PartSummary): Judgement {
  const { acceptedAfterSignOut: back, refused } = outcomes;
  const cameBack = `${formatCount(back)} of ${formatCount(signOuts)} signed-out sessions came back`;
  return {
    text: back === 0 ? 'the sign-out is final' : cameBack,
    outcome: back + refused === 0 ? 'unknown' : (side === PEER) === back > 0 ? 'holds' : 'broken',
    tone: back === 0 ? 'good' : 'bad',
  };
}

function judgeWriters({ figures, side }: PartSummary): Judgement {
  const readFigure = (name: keyof Written) => figures[name]?.value ?? 0;
  const [acknowledged, conflicts, lost] = [readFigure('acknowledged'), readFigure('conflicts'), readFigure('lost')];
  const retries = conflicts === 0 ? '' : `, ${formatCount(conflicts)} must be tried again (409)`;
  return {
    text:
      lost === 0
        ? `no acknowledged change lost${retries}`
        : `${formatCount(lost)} of ${formatCount(acknowledged)} acknowledged changes lost`,
    outcome: acknowledged === 0 ? 'unknown' : (side === PEER) === lost > 0 ? 'holds' : 'broken',
    tone: lost === 0 ? 'good' : 'bad',
  };
}
