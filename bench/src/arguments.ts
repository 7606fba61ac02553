// What was typed, checked before anything starts.

import { parseArgs } from 'node:util';
import { SIDES, type Side, sidesNamed } from './sides.ts';

export interface Arguments {
  readonly help: boolean;
  readonly sides: readonly Side[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly people: number;
  /** Print JSON in place of the table. */
  readonly json: boolean;
}

/** Seconds that a side takes beside its load: start, sign-in, check. */
const OVERHEAD = 1.3;
const QUICK_SECONDS = 90;

const FULL = { rounds: 5, seconds: 4, warmUpSeconds: 2, people: 500 };
const QUICK = { seconds: 0.8, warmUpSeconds: 0.5, people: 200 };

export const HELP = `The project beside its peers: throughput for a signed-in user, as a share of a bare Fastify route.

  pnpm bench [options]

  --quick            under two minutes: short rounds, as many as fit (2 to 9)
  --only <names>     these sides, with commas, and what they are a share of
  --rounds <n>       rounds of every side (default ${FULL.rounds})
  --seconds <s>      of load for each side and round (default ${FULL.seconds}), after a warm-up of half of it
  --people <n>       different users (default ${FULL.people}; quick: ${QUICK.people})
  --json             JSON on stdout in place of the table
  --help             this text

Sides: ${SIDES.map(({ name }) => name).join(', ')}.

Exit code: 0 measured, 1 an answer was wrong or missing, 3 something needed is not on this machine, 64 wrong usage.
`;

/** @throws RangeError or TypeError, in words for whoever typed it. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      people: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const names = values.only.flatMap((text) => text.split(',')).filter((name) => name !== '');
  const sides = sidesNamed(names);
  const base = values.quick ? { ...QUICK, rounds: quickRounds(sides.length) } : FULL;
  const seconds = numberOf('--seconds', values.seconds, base.seconds, 0.5, 60);
  return {
    help: values.help,
    sides,
    seconds,
    warmUpSeconds: values.seconds === undefined ? base.warmUpSeconds : Math.max(0.5, seconds / 2),
    rounds: wholeNumberOf('--rounds', values.rounds, base.rounds, 1, 100),
    people: wholeNumberOf('--people', values.people, base.people, 1, 10_000),
    json: values.json,
  };
}

function quickRounds(sides: number): number {
  const fit = Math.floor(QUICK_SECONDS / (sides * (OVERHEAD + QUICK.seconds + QUICK.warmUpSeconds)));
  return Math.min(9, Math.max(2, fit));
}

function numberOf(name: string, text: string | undefined, fallback: number, least: number, most: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a number from ${least} to ${most}, and is ${text}.`);
}

function wholeNumberOf(name: string, text: string | undefined, fallback: number, least: number, most: number): number {
  const value = numberOf(name, text, fallback, least, most);
  if (Number.isInteger(value)) return value;
  throw new RangeError(`${name} must be a whole number, and is ${text}.`);
}
