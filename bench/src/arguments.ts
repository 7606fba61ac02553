// What was typed, checked before anything starts.

import { parseArgs } from 'node:util';
import type { Plan } from './bench.ts';
import { SECTIONS, type SectionName } from './results.ts';
import { SIDES, type Side, sidesNamed } from './sides.ts';

export interface Arguments {
  readonly command: 'help' | 'measure' | 'report' | 'publish';
  readonly sections: readonly SectionName[];
  /** Of section load. */
  readonly sides: readonly Side[];
  readonly plan: Plan;
  /** Keep the rounds that bench/results has, and add to them. */
  readonly add: boolean;
  /** Print JSON in place of tables. */
  readonly json: boolean;
}

/** Seconds that a side takes beside its load and that on the bare server: both starts, rest, sign-in, check. */
const OVERHEAD = 1.9;
const QUICK_SECONDS = 100;

// A server that is measured before its code is compiled comes out too low: ours have more of it than a bare one.
const FULL = { rounds: 5, seconds: 3, warmUpSeconds: 3, people: 500 };
const QUICK = { seconds: 0.8, warmUpSeconds: 0.8, people: 100 };
const LEAST_WARM_UP = 2;
/** About this long is a slice. */
const SLICE_SECONDS = 0.5;

export const HELP = `The project beside its peers, measured on this machine.

  pnpm bench [sections] [options]     measure; all sections take about three quarters of an hour
  pnpm bench report                   print what bench/results has
  pnpm bench publish                  take bench/results into bench/published.json, and write the docs from it

Sections:
  load             requests of signed-in users, as a share of a bare Fastify route
  bytes            bytes of heap and of Redis for each session
  sweep            the longest pause while 1,000,000 expired sessions are swept
  sign-ins         sessions begun per second, apart from password hashing
  growth-memory    requests with 1,000 to 1,000,000 live sessions in the server's memory
  growth-redis     the same in Redis

Options:
  --quick            section load alone unless others are named, in under two minutes: to steer by, not to publish
  --only <names>     of section load these sides, with commas, and what they are a share of
  --rounds <n>       rounds (default ${FULL.rounds}; quick: 1 to 9, as many as fit)
  --seconds <s>      of load on each side in each round (default ${FULL.seconds}; quick: ${QUICK.seconds}), after a warm-up of as
                     long or more, and as long on the bare route, in turn
  --people <n>       different users (default ${FULL.people}; quick: ${QUICK.people})
  --add              add rounds to those in bench/results (load, sign-ins), which must be of the same commit and plan
  --json             JSON on stdout in place of tables
  --help             this text

Sides: ${SIDES.map(({ name }) => name).join(', ')}.

Exit code: 0 measured, 1 an answer was wrong or missing, 3 something needed is not on this machine, 64 wrong usage.
`;

/** @throws RangeError or TypeError, in words for whoever typed it. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      people: { type: 'string' },
      add: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const names = values.only.flatMap((text) => text.split(',')).filter((name) => name !== '');
  const sides = sidesNamed(names);
  const { quick, add, json } = values;
  const base = quick ? { ...QUICK, rounds: quickRounds(sides.length) } : FULL;
  const seconds = numberOf('--seconds', values.seconds, base.seconds, [0.5, 60]);
  const [first, ...more] = positionals;
  const isCommand = first === 'report' || first === 'publish';
  if (isCommand && more.length > 0) throw new RangeError(`${first} takes no sections, and got ${more.join(', ')}.`);
  return {
    command: values.help ? 'help' : isCommand ? first : 'measure',
    sections: isCommand ? [] : sectionsNamed(positionals, quick || names.length > 0),
    sides,
    plan: {
      quick,
      connections: 50,
      seconds,
      slices: Math.max(2, Math.round(seconds / SLICE_SECONDS)),
      warmUpSeconds: values.seconds === undefined ? base.warmUpSeconds : Math.max(LEAST_WARM_UP, seconds),
      rounds: wholeNumberOf('--rounds', values.rounds, base.rounds, [1, 100]),
      people: wholeNumberOf('--people', values.people, base.people, [1, 10_000]),
    },
    add,
    json,
  };
}

function sectionsNamed(names: readonly string[], loadAlone: boolean): readonly SectionName[] {
  const unknown = names.filter((name) => !SECTIONS.some((section) => section === name));
  if (unknown.length > 0)
    throw new RangeError(`There is no section ${unknown.join(', ')}. There are: ${SECTIONS.join(', ')}`);
  if (names.length > 0) return SECTIONS.filter((section) => names.includes(section));
  return loadAlone ? ['load'] : SECTIONS;
}

function quickRounds(sides: number): number {
  const fit = Math.floor(QUICK_SECONDS / (sides * (OVERHEAD + 2 * (QUICK.seconds + QUICK.warmUpSeconds))));
  return Math.min(9, Math.max(1, fit));
}

type Bounds = readonly [least: number, most: number];

function numberOf(name: string, text: string | undefined, fallback: number, [least, most]: Bounds): number {
  const value = text === undefined ? fallback : Number(text);
  if (value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a number from ${least} to ${most}, and is ${text}.`);
}

/** @throws RangeError */
export function wholeNumberOf(name: string, text: string | undefined, fallback: number, bounds: Bounds): number {
  const value = numberOf(name, text, fallback, bounds);
  if (Number.isInteger(value)) return value;
  throw new RangeError(`${name} must be a whole number, and is ${text}.`);
}
