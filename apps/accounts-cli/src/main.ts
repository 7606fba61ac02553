// The user database on a terminal. In the repository: npm run db:migrate, db:status, db:rollback.

import { runCommand } from './run-command.ts';

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
});
