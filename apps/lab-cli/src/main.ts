// The lab on a terminal: parse, run, print. It computes nothing. What is asked for goes to stdout, everything else to stderr.
//
//   main ──> arguments (64 when they cannot be) ──> list | help | run | report | schema ──> exit code

import { EXPERIMENTS, experimentOf, LabError, reportJsonSchema, unknownName } from '@statecraft/lab';
import { type Arguments, parseArguments } from './arguments.ts';
import { experimentHelp, help, list } from './help.ts';
import { report } from './report.ts';
import { run } from './run.ts';

const COMMANDS = ['list', 'run', 'report', 'schema', 'help'];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    return await dispatch(parseArguments(args));
  } catch (error) {
    // An error of ours says all there is to say; of any other the place is worth having.
    const ours = error instanceof LabError;
    process.stderr.write(`${ours ? error.message : ((error as Error).stack ?? String(error))}\n`);
    if (ours && error.exitCode === 64) process.stderr.write('To see what there is: pnpm lab --help\n');
    return ours ? error.exitCode : 1;
  }
}

async function dispatch(args: Arguments): Promise<number> {
  const [command = 'list', name, ...rest] = args.positionals;
  const experiment = command === 'run' || command === 'help' ? name : command;
  const isExperiment = experiment !== undefined && Object.hasOwn(EXPERIMENTS, experiment);
  if (args.help || command === 'help') return print(isExperiment ? experimentHelp(experimentOf(experiment)) : help());
  if (rest.length > 0) throw new LabError(64, `"${rest[0]}" is one name too many.`);
  if (command === 'list') return print(list());
  if (command === 'schema') return print(`${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
  if (command === 'report') return report(name, args);
  if (command !== 'run') throw unknownCommand(command);
  if (name === undefined) throw new LabError(64, `Run what? There are: ${Object.keys(EXPERIMENTS).join(', ')}`);
  return run(experimentOf(name), args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** An experiment's name without "run" before it is the likeliest slip. */
function unknownCommand(name: string): LabError {
  if (Object.hasOwn(EXPERIMENTS, name)) return new LabError(64, `To run an experiment, type: pnpm lab run ${name}`);
  return new LabError(64, unknownName('command', name, [...COMMANDS, ...Object.keys(EXPERIMENTS)]));
}
