// The lab on a terminal: parse, run, print. It computes nothing. What is asked for goes to stdout, everything else to stderr.
//
//   main ──> arguments (64 when they cannot be) ──> list | help | run | report | schema ──> exit code

import { describeUnknownName, EXPERIMENTS, findExperiment, LabError, reportJsonSchema } from '@statecraft/lab';
import { type Arguments, parseArguments } from './arguments.ts';
import { experimentHelp, help, list } from './help.ts';
import { report } from './report.ts';
import { run } from './run.ts';

const COMMANDS = ['list', 'run', 'report', 'schema', 'help'];

/** Not 1, which says that the experiment does not hold: nothing can be said of that. */
const DID_NOT_END = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    return await dispatch(parseArguments(args));
  } catch (error) {
    process.stderr.write(`${told(error)}\n`);
    if (!(error instanceof LabError)) return DID_NOT_END;
    if (error.exitCode === 64) process.stderr.write('To see what there is: pnpm lab --help\n');
    return error.exitCode;
  }
}

/** A message says what happened: a server's last words, a folder that cannot be written. Of our own slips the place is worth having. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError || error instanceof ReferenceError ? (error.stack ?? error.message) : error.message;
}

async function dispatch(args: Arguments): Promise<number> {
  const [command = 'list', name, ...rest] = args.positionals;
  const experiment = command === 'run' || command === 'help' ? name : command;
  const isExperiment = experiment !== undefined && Object.hasOwn(EXPERIMENTS, experiment);
  if (command === 'help' && name !== undefined && !isExperiment) findExperiment(name);
  if (args.help || command === 'help') return print(isExperiment ? experimentHelp(findExperiment(experiment)) : help());
  if (rest.length > 0) throw new LabError(64, `"${rest[0]}" is one name too many.`);
  if (name !== undefined && (command === 'list' || command === 'schema'))
    throw new LabError(64, `"${name}" is one name too many.`);
  if (command === 'list') return print(list());
  if (command === 'schema') return print(`${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
  if (command === 'report') return report(name, args);
  if (command !== 'run') throw unknownCommand(command);
  if (name === undefined) throw new LabError(64, `Run what? There are: ${Object.keys(EXPERIMENTS).join(', ')}`);
  return run(findExperiment(name), args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** An experiment's name without "run" before it is the likeliest slip. */
function unknownCommand(name: string): LabError {
  if (Object.hasOwn(EXPERIMENTS, name)) return new LabError(64, `To run an experiment, type: pnpm lab run ${name}`);
  return new LabError(64, describeUnknownName('command', name, [...COMMANDS, ...Object.keys(EXPERIMENTS)]));
}
