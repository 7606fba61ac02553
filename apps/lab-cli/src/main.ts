// The lab on a terminal: parse, run, print. It computes nothing. Results go to stdout, everything else to stderr.
//
//   main ──> arguments (64 when they are wrong) ──> list | help | run | report | compare | schema ──> exit code

import {
  createReportSchema,
  describeUnknownName,
  EXPERIMENTS,
  findExperiment,
  formatCommand,
  LabError,
} from '@statecraft/lab';
import { type Arguments, parseArguments } from './arguments.ts';
import { compare } from './compare.ts';
import { formatExperimentHelp, formatHelp, formatList } from './help.ts';
import { report } from './report.ts';
import { run } from './run.ts';

const COMMANDS = ['list', 'run', 'report', 'compare', 'schema', 'help'];

/** Not 1, which says that the experiment does not hold: an incomplete run says nothing about that. */
const INCOMPLETE = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    return await dispatch(parseArguments(args));
  } catch (error) {
    process.stderr.write(`${formatError(error)}\n`);
    if (!(error instanceof LabError)) return INCOMPLETE;
    if (error.exitCode === 64) process.stderr.write(`For help, type: ${formatCommand('lab', ['--help'])}\n`);
    return error.exitCode;
  }
}

/** The message is enough for what happens outside: a server ends, a folder is not writable. A bug gets its stack. */
function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError || error instanceof ReferenceError ? (error.stack ?? error.message) : error.message;
}

async function dispatch(args: Arguments): Promise<number> {
  const [command = 'list', name, ...rest] = args.positionals;
  const experiment = command === 'run' || command === 'help' ? name : command;
  const isExperiment = experiment !== undefined && Object.hasOwn(EXPERIMENTS, experiment);
  if (command === 'help' && name !== undefined && !isExperiment) findExperiment(name);
  if (args.help || command === 'help')
    return print(isExperiment ? formatExperimentHelp(findExperiment(experiment)) : formatHelp());
  if (command === 'compare') return compare(args.positionals.slice(1), args);
  const extra = command === 'list' || command === 'schema' ? name : rest[0];
  if (extra !== undefined) throw new LabError(64, `"${extra}" is one name too many.`);
  if (command === 'list') return print(formatList());
  if (command === 'schema') return print(`${JSON.stringify(createReportSchema(), undefined, 2)}\n`);
  if (command === 'report') return report(name, args);
  if (command !== 'run') throw createCommandError(command);
  if (name === undefined) throw new LabError(64, `Run what? There are: ${Object.keys(EXPERIMENTS).join(', ')}`);
  return run(findExperiment(name), args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** The likeliest error is the name of an experiment without "run" before it. */
function createCommandError(name: string): LabError {
  if (Object.hasOwn(EXPERIMENTS, name))
    return new LabError(64, `To run an experiment, type: ${formatCommand('lab', ['run', name])}`);
  return new LabError(64, describeUnknownName('command', name, [...COMMANDS, ...Object.keys(EXPERIMENTS)]));
}
