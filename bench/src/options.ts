// The options of `npm run bench`, read and checked.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatCommand, readArguments, refuseUsage } from '@statecraft/infra-dev';
import { CONTENDERS, type Contender, copyFromCheckout, selectContenders } from './contenders.ts';

const ON_REQUEST = CONTENDERS.filter(({ onRequest }) => onRequest === true)
  .map(({ name }) => name)
  .join(', ');

const HELP = `${formatCommand('bench', ['<options>'])}
Measures what a signed-in request costs, beside what people would use instead. Takes less than 10 minutes.
Two more measure something else: ${formatCommand('bench', ['sqlite'])} and ${formatCommand('bench', ['passwords'])}; each has its own --help.

  --rounds N        rounds; each measures everything once, in new processes (default 5, from 1 to 100)
  --only a,b        measures only these, the bare route and their peers
  --json FILE       writes the results to FILE
  --write           publishes the results: bench/results.json, docs/performance.md and README.md
  --beside FOLDER   also measures this project's programs from another checkout, which is set up and has this bench/
  -h, --help        shows this

Names for --only (${ON_REQUEST} only if they are named): ${CONTENDERS.map(({ name }) => name).join(', ')}

Exit codes: 0 measured; 1 a program failed or gave a wrong answer; 2 the machine was too busy for ratios; 3 the machine
lacks something; 64 wrong usage; 130 interrupted.`;

export interface Options {
  readonly rounds: number;
  readonly contenders: readonly Contender[];
  /** Where to write the results; undefined: nowhere. */
  readonly json: string | undefined;
  readonly write: boolean;
}

const ROUNDS = { usual: 5, most: 100 };

/** @param from the folder that paths start from. @returns an exit code if there is nothing to measure: 0 or 64 */
export function readOptions(args: readonly string[], from: string): Options | number {
  const text = { type: 'string' } as const;
  const options = { rounds: text, only: text, json: text, beside: text, write: { type: 'boolean' } } as const;
  const given = readArguments(args, { help: HELP, options });
  if (typeof given === 'number') return given;
  const { rounds: typed = String(ROUNDS.usual), only, json, beside, write = false } = given.values;
  try {
    const contenders = selectContenders(only?.split(',').map((name) => name.trim()) ?? []);
    const rounds = readRounds(typed);
    if (write && (only !== undefined || beside !== undefined || rounds < ROUNDS.usual)) {
      throw new RangeError(
        `--write publishes everything, with ${ROUNDS.usual} rounds or more and without --only or --beside.`,
      );
    }
    return {
      rounds,
      contenders:
        beside === undefined ? contenders : [...contenders, ...openCheckout(contenders, resolve(from, beside))],
      json: json === undefined ? undefined : resolve(from, json),
      write,
    };
  } catch (error) {
    return refuseUsage((error as Error).message, HELP);
  }
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS.most) {
    throw new RangeError(`--rounds must be a whole number from 1 to ${ROUNDS.most}. It is "${text}".`);
  }
  return rounds;
}

function openCheckout(contenders: readonly Contender[], folder: string): Contender[] {
  if (!existsSync(`${folder}/bench/src/contenders`) || !existsSync(`${folder}/node_modules`)) {
    throw new RangeError(
      `${folder} is no checkout with this bench, or its packages are not installed: run npm install there.`,
    );
  }
  return copyFromCheckout(contenders, pathToFileURL(`${folder}/`));
}
