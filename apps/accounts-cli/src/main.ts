// Users and their database on a terminal. In the repository: npm run accounts, db:migrate, db:status, db:rollback.

import { askNewPassword } from './ask-password.ts';
import { runCommand } from './run-command.ts';

const output = {
  print: (line: string) => console.log(line),
  printError: (line: string) => console.error(line),
};
process.exitCode = await runCommand(process.argv.slice(2), process.env, output, () =>
  askNewPassword(process.stdin, (text) => process.stderr.write(text)),
);
