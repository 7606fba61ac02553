// The sections of a run, one after the other; each is on disk before the next begins.

import type { Arguments } from './arguments.ts';
import type { Bench } from './bench.ts';
import { environmentOf } from './environment.ts';
import { type AllResults, readResults, type SectionName, type SectionResults, writeResults } from './results.ts';
import type { Run } from './rounds.ts';
import { runBytes } from './sections/bytes.ts';
import { runGrowth } from './sections/growth.ts';
import { runLoad } from './sections/load.ts';
import { runSignIns } from './sections/sign-ins.ts';
import { runSweep } from './sections/sweep.ts';

type Keep<Name extends SectionName> = (result: SectionResults[Name]) => void;
type Runner<Name extends SectionName> = (
  bench: Bench,
  args: Arguments,
  keep: Keep<Name>,
) => Promise<SectionResults[Name]>;

const RUNNERS: { readonly [Name in SectionName]: Runner<Name> } = {
  load: (bench, args, keep) => runLoad(bench, args.sides, earlier(bench, args, 'load'), keep),
  bytes: runBytes,
  sweep: runSweep,
  'sign-ins': (bench, args, keep) => runSignIns(bench, earlier(bench, args, 'sign-ins'), keep),
  'growth-memory': (bench) => runGrowth(bench, 'memory'),
  'growth-redis': (bench) => runGrowth(bench, 'redis'),
};

export async function runSections(bench: Bench, args: Arguments): Promise<AllResults> {
  const done: AllResults = {};
  for (const name of args.sections) Object.assign(done, { [name]: await runSection(name, bench, args) });
  return done;
}

async function runSection<Name extends SectionName>(name: Name, bench: Bench, args: Arguments) {
  const { rounds, seconds, warmUpSeconds } = bench.plan;
  bench.say(`${name}: ${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up, by ${bench.generator}`);
  const before = args.add ? readResults(name)?.environment.redis : undefined;
  // Rounds that needed no Redis may be added to rounds that did.
  const environment = { ...(before !== undefined && { redis: before }), ...environmentOf(bench) };
  const resultsOf = (result: SectionResults[Name]) => ({ environment, plan: bench.plan, result });
  const keep: Keep<Name> = (result) => void writeResults(name, resultsOf(result));
  const results = resultsOf(await RUNNERS[name](bench, args, keep));
  bench.say(`  ${writeResults(name, results)}`);
  return results;
}

/** @throws when what is there was measured on another commit or by another plan: medians of both would be of neither. */
function earlier(bench: Bench, { add }: Arguments, name: 'load' | 'sign-ins'): readonly Run[] {
  const there = add ? readResults(name) : undefined;
  if (there === undefined) return [];
  const kind = ({ rounds: _, ...plan }: Bench['plan']) => JSON.stringify(plan);
  const here = environmentOf(bench);
  const same = there.environment.commit === here.commit && kind(there.plan) === kind(bench.plan);
  if (!same)
    throw new Error(
      `bench/results/${name}.json is of commit ${there.environment.commit} or of another plan: run without --add.`,
    );
  return there.result;
}
