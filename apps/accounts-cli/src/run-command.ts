// From the arguments to a command, and from its errors to lines and an exit code.
//
//   arguments ──> group (db) and command (migrate) ──> configuration ──> the open database ──> the command ──> exit code

import { AccountsError, openDatabase } from '@statecraft/accounts';
import { ConfigError } from '@statecraft/service-kit';
import { ACCOUNTS_HELP, type AccountsContext, RefusedError, UsageError } from './accounts.ts';
import { InterruptedError } from './ask-password.ts';
import type { Command, Output } from './command.ts';
import { readConfig } from './config.ts';
import { DB_COMMANDS, DB_HELP } from './db.ts';
import { isExpected, runAccounts } from './run-accounts.ts';

const GROUPS: Readonly<Record<string, Readonly<Record<string, Command>>>> = { db: DB_COMMANDS };

const ABOUT = `DATABASE_URL says where the users are, SESSION_STORE where the sessions are (docs/configuration.md).
Exit code: 0 done, 1 refused, or a database or store cannot be used, 64 wrong usage, 130 interrupted.`;

const HELP = `${DB_HELP}\n\n${ACCOUNTS_HELP}\n\n${ABOUT}`;

/** The exit code of wrong usage (sysexits.h). */
const USAGE = 64;
/** 128 + SIGINT. */
const INTERRUPTED = 130;

/**
 * @param askNewPassword asks twice; undefined if the two differ
 * @returns the exit code
 */
export async function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  output: Output,
  askNewPassword: AccountsContext['askNewPassword'],
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    output.print(HELP);
    return 0;
  }
  if (args[0] === 'accounts') return runAccountsCommand(args.slice(1), env, { output, askNewPassword });
  const [group = '', name = '', ...rest] = args;
  const command = readOwn(readOwn(GROUPS, group) ?? {}, name);
  if (command === undefined) return refuse(`Unknown command "${[group, name].join(' ').trim()}".`, output);
  const unknown = rest.find((flag) => !['json', ...command.flags].some((known) => flag === `--${known}`));
  if (unknown !== undefined) return refuse(`Unknown option "${unknown}".`, output);
  try {
    return await runOnDatabase(command, new Set(rest.map((flag) => flag.slice(2))), env, output);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof AccountsError)) throw error;
    for (const line of error.message.split('\n')) output.printError(line);
    return 1;
  }
}

async function runAccountsCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { output, askNewPassword }: Omit<AccountsContext, 'administration'>,
): Promise<number> {
  try {
    await runAccounts(args, env, { output, askNewPassword });
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message, output, `${ACCOUNTS_HELP}\n\n${ABOUT}`);
    if (!(error instanceof RefusedError || error instanceof InterruptedError || isExpected(error))) throw error;
    for (const line of error.message.split('\n')) output.printError(line);
    return error instanceof InterruptedError ? INTERRUPTED : 1;
  }
}

function refuse(problem: string, { printError }: Output, help = HELP): number {
  printError(`${problem}\n${help}`);
  return USAGE;
}

async function runOnDatabase(command: Command, flags: ReadonlySet<string>, env: NodeJS.ProcessEnv, output: Output) {
  const { address, options } = readConfig(env);
  const database = await openDatabase(address, options);
  try {
    return await command.run(database, flags, output);
  } finally {
    await database.close();
  }
}

function readOwn<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
