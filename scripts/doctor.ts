// npm run doctor [-- --json]: what this machine has, what is missing, and the command that installs it.

import {
  examineMachine,
  type Finding,
  formatCommand,
  readArguments,
  readExitCode,
  summarizeFindings,
} from '@statecraft/infra-dev';

const HELP = `${formatCommand('doctor', ['[--json]'])}
Shows what this machine has and lacks, what each thing is for, and the command that installs it.
Exit code: 0 if npm start and npm test have everything that they need, 3 otherwise, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), { help: HELP, options: { json: { type: 'boolean' } } });
process.exitCode = typeof given === 'number' ? given : await printFindings(given.values.json === true);

async function printFindings(json: boolean): Promise<number> {
  const findings = await examineMachine();
  console.log(json ? JSON.stringify(findings, null, 2) : formatTable(findings));
  return readExitCode(findings);
}

function formatTable(findings: readonly Finding[]): string {
  const [nameWidth, detailWidth] = [measureWidth(findings, 'name'), measureWidth(findings, 'detail')];
  const rows = findings.map(({ name, purpose, ok, neededBy, detail, fix }) => {
    const state = ok ? 'ok' : neededBy.length > 0 ? 'MISSING' : 'absent';
    const row = `${state.padEnd(8)} ${name.padEnd(nameWidth)}  ${detail.padEnd(detailWidth)}  ${purpose}`;
    return ok || fix === undefined ? row : `${row}\n${' '.repeat(9)}-> ${fix}`;
  });
  return [...rows, '', summarizeFindings(findings)].join('\n');
}

function measureWidth(findings: readonly Finding[], column: 'name' | 'detail'): number {
  return Math.max(...findings.map((finding) => finding[column].length));
}
