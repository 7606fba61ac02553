// npm run doctor [-- --json]: what this machine has, what is missing, and the command that installs it.
// `pnpm doctor` is pnpm's own command; this one is `pnpm run doctor`.

import { examine, exitCodeOf, type Finding } from '../infra/dev/src/index.ts';
import { readArguments } from './arguments.ts';

const HELP = `npm run doctor [-- --json]
What this machine has, what is missing, and the command that installs it.
Exit code: 0 when npm start and npm test have all they need, 3 otherwise, 64 for wrong usage.`;

const given = readArguments(process.argv.slice(2), { help: HELP, options: { json: { type: 'boolean' } } });
process.exitCode = typeof given === 'number' ? given : await tell(given.values.json === true);

async function tell(json: boolean): Promise<number> {
  const findings = await examine();
  console.log(json ? JSON.stringify(findings, null, 2) : findings.map(lineOf).join('\n'));
  return exitCodeOf(findings);
}

function lineOf({ name, ok, needed, detail, fix }: Finding): string {
  const mark = ok ? 'ok     ' : needed ? 'MISSING' : 'absent ';
  return `${mark}  ${name.padEnd(44)} ${detail}${ok || fix === undefined ? '' : `\n         -> ${fix}`}`;
}
