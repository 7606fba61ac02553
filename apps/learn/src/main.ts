// npm run learn: the exercises of the course.

import { formatCommand, readArguments, refuseUsage } from '@statecraft/infra-dev';
import { createTerminalAsk } from './assess.ts';
import { COMMANDS, type CommandOptions } from './commands.ts';
import { EXERCISES, readNumber } from './exercises.ts';
import { PROGRESS, ROOT, RUNS, WORK } from './places.ts';
import { openProgress } from './progress.ts';
import { watchFolder } from './watch-folder.ts';
import { openWorkspace } from './workspace.ts';

const HELP = `${formatCommand('learn')}                 the exercises, and how far you are
${formatCommand('learn', ['next'])}            the first exercise that does not pass yet
${formatCommand('learn', ['show', '<number>'])}     its task, and the files to edit
${formatCommand('learn', ['check', '<number>'])}    checks your files; shows the first thing that does not hold
${formatCommand('learn', ['watch', '<number>'])}    checks again after every change, until Ctrl-C
${formatCommand('learn', ['hint', '<number>'])}     one more hint, of three
${formatCommand('learn', ['solution', '<number>'])} a solution, after yours has passed; or with --give-up
${formatCommand('learn', ['reset', '<number>'])}    puts the files back as they were at the beginning; your changes are lost
${formatCommand('learn', ['assess'])}          the assessment: questions, code, analysis, and the success checklist
${formatCommand('learn', ['report'])}          for a teacher: JUnit XML; --json for JSON
Your files are in exercises/, your progress is in exercises/progress.json.
Exit code: 0 done or passed, 1 the check failed, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: { 'give-up': { type: 'boolean' }, json: { type: 'boolean' } },
  positionals: 2,
});
process.exitCode = typeof given === 'number' ? given : await run(given.positionals, given.values);

async function run([name = 'list', number]: readonly string[], options: CommandOptions): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) return refuseUsage(`There is no command "${name}".`, HELP);
  const exercise = EXERCISES.find((one) => String(readNumber(one)) === number);
  if (command.takesNumber && exercise === undefined) {
    const numbers = EXERCISES.map(readNumber).join(', ');
    return refuseUsage(
      number === undefined ? `Which exercise? ${numbers}` : `There is no exercise ${number}: ${numbers}`,
      HELP,
    );
  }
  const progress = openProgress(PROGRESS);
  const stop = new AbortController();
  if (name === 'watch') process.once('SIGINT', () => stop.abort());
  try {
    return await command.run({
      exercise,
      options,
      progress,
      workspace: openWorkspace(ROOT, WORK),
      runs: RUNS,
      print: console.log,
      openAsk: createTerminalAsk,
      signal: stop.signal,
      watchFolder,
    });
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}
