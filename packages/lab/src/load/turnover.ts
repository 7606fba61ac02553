// Users come and go while others ask: newcomers sign in, residents (who are signed in before) sign out. After each
// acknowledged sign-out the credential is replayed at every server, and now and then until the end.

import type { ExperimentContext, Part } from '../contracts/context.ts';
import { type Asker, runWithAsker } from './asker.ts';
import { followSchedule } from './load.ts';
import { createPopulation, type Population } from './population.ts';
import { createRandom } from './random.ts';
import { planSchedule } from './schedule.ts';

/** Each is registered at every server; a Cluster spreads users over its masters by their account. */
const ACCOUNTS = 60;
/** Of all planned starts; the others ask "who am I?". */
const SHARE = { signIns: 0.2, signOuts: 0.2 };

export interface Turnover {
  readonly population: Population;
  /** The first users of the population. */
  readonly residents: readonly number[];
}

/** As many residents as the run has users, and a newcomer for each planned sign-in. */
export function createTurnover(context: ExperimentContext): Turnover {
  const { users, rate, seconds } = context.options;
  // Sign-ins are drawn at random: a few more or fewer than planned.
  const newcomers = Math.ceil(rate * seconds * SHARE.signIns * 1.5) + 10;
  return { population: createPopulation(context, users + newcomers, ACCOUNTS), residents: [...Array(users).keys()] };
}

/** Each server gets every kind of request. */
export async function runTurnover(
  part: Part,
  { population, residents }: Turnover,
  { at, label }: { readonly at: readonly string[]; readonly label: string },
): Promise<void> {
  const { rate, seconds, seed } = part.context.options;
  const random = createRandom(seed, label);
  const starts = planSchedule({ rate, seconds, users: 1 }, random).at;
  let next = residents.length;
  let leaving = 0;
  await runWithAsker(part, population, { at }, (asker) =>
    followSchedule(part, starts, (intended) => {
      const kind = random.next();
      const user = random.below(next);
      const question = { intended, server: random.below(at.length) };
      if (kind < SHARE.signIns && next < population.users) return asker.signIn(next++, question);
      if (kind < SHARE.signIns + SHARE.signOuts && leaving < residents.length)
        return leave(population, asker, leaving++, question);
      return asker.ask(population.ledger.hasEntered(user) ? user : user % residents.length, question);
    }),
  );

  async function leave(
    { ledger }: Population,
    asker: Asker,
    user: number,
    question: { readonly intended: number; readonly server: number },
  ): Promise<void> {
    await asker.signOut(user, question);
    if (!ledger.isSignedOut(user)) return;
    await Promise.all(at.map((_, server) => asker.ask(user, { server })));
  }
}
