// npm run doctor [-- --json]: what this machine has, what is missing, and the command that installs it.
// `pnpm doctor` is pnpm's own command; this one is `pnpm run doctor`.

import { parseArgs } from 'node:util';
import { examine, exitCodeOf } from '../infra/dev/src/index.ts';

const HELP = `npm run doctor [-- --json]
What this machine has, what is missing, and the command that installs it.
Exit code: 0 when npm start and npm test have all they need, 3 otherwise.`;

const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  console.log(HELP);
} else {
  const findings = await examine();
  const lines = findings.map(({ name, ok, needed, detail, fix }) => {
    const mark = ok ? 'ok     ' : needed ? 'MISSING' : 'absent ';
    return `${mark}  ${name.padEnd(44)} ${detail}${ok || fix === undefined ? '' : `\n         -> ${fix}`}`;
  });
  console.log(values.json ? JSON.stringify(findings, null, 2) : lines.join('\n'));
  process.exitCode = exitCodeOf(findings);
}
