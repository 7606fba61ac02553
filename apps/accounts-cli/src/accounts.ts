// accounts create, list, disable…: users and their sessions, from the machine of the servers. So that there can be a
// first administrator.
//
//   arguments ──> a command ──> the user database and the session store, by the variables of stateful-api ──> administration

import { parseArgs } from 'node:util';
import { type Administration, DEFAULT_ROLES, type UserSession, type UserSummary } from '@statecraft/accounts';
import type { Output } from './command.ts';

export const ACCOUNTS_HELP = `accounts create NAME [--role ROLE]…   adds a user (role: ${DEFAULT_ROLES.join(', ')}); asks for the password
accounts list                         shows all users
accounts disable NAME                 closes the account to sign-in, and ends the user's sessions
accounts enable NAME                  opens it again
accounts roles NAME ROLE…             gives the user these roles and no others
accounts reset-password NAME          asks for a new password, and ends the user's sessions
accounts delete NAME                  deletes the user, and ends the sessions; the name stays taken for 30 days
accounts sessions NAME                shows the user's sessions
accounts sign-out NAME [SESSION]      ends one of them, or all
  --json        prints JSON
A password is asked for without showing it; from a pipe, it is the first line of the standard input.`;

/** Wrong usage: the message says what. */
export class UsageError extends Error {}

/** The command is refused: the message says why. */
export class RefusedError extends Error {}

export interface AccountsContext {
  readonly administration: Administration;
  /** Asks for a new password; undefined if it was typed differently the second time. */
  readonly askNewPassword: () => Promise<string | undefined>;
  readonly output: Output;
}

interface Given {
  readonly name: string;
  /** What follows the name. */
  readonly more: readonly string[];
  readonly roles: readonly string[];
  readonly json: boolean;
}

interface AccountsCommand {
  /** How many arguments follow its own name: least and most. */
  readonly arguments: readonly [least: number, most: number];
  /** It shows, ends or changes sessions. The others need no session store. */
  readonly usesSessions?: boolean;
  run(context: AccountsContext, given: Given): Promise<void>;
}

const MEMORY_WARNING =
  'Sessions are in the memory of each server (SESSION_STORE=memory), and this command cannot end them there. They work until they expire or the server restarts; an administrator can end them over HTTP (docs/api-reference.md).';

const COMMANDS: Readonly<Record<string, AccountsCommand>> = {
  create: {
    arguments: [1, 1],
    async run(context, { name, roles, json }) {
      const password = await readPassword(context);
      const chosen = roles.length === 0 ? DEFAULT_ROLES : roles;
      const { id } = await context.administration.create({ username: name, password, roles: chosen });
      await printUser(context, id, json, 'Created');
    },
  },

  list: {
    arguments: [0, 0],
    async run({ administration, output }, { json }) {
      const users = await listAll(administration);
      if (json) output.print(JSON.stringify({ users: users.map(showUser) }));
      else printTable(output, ['NAME', 'ROLES', 'STATUS', 'CREATED', 'ID'], users.map(formatRow));
    },
  },

  disable: changeUser('Disabled', (administration, id) => administration.disable(id), { usesSessions: true }),
  enable: changeUser('Enabled', (administration, id) => administration.enable(id)),

  roles: {
    ...changeUser('Changed', (administration, id, { more }) => administration.setRoles(id, more), {
      usesSessions: true,
    }),
    arguments: [2, Number.POSITIVE_INFINITY],
  },

  'reset-password': {
    arguments: [1, 1],
    usesSessions: true,
    async run(context, { name, json }) {
      const { user } = await context.administration.findByUsername(name);
      await context.administration.resetPassword(user.id, await readPassword(context));
      await printUser(context, user.id, json, 'Changed the password of');
    },
  },

  delete: {
    arguments: [1, 1],
    usesSessions: true,
    async run({ administration, output }, { name, json }) {
      const found = await administration.findByUsername(name);
      await administration.remove(found.user.id);
      output.print(json ? JSON.stringify({ user: showUser(found), deleted: true }) : `Deleted ${found.user.username}.`);
    },
  },

  sessions: {
    arguments: [1, 1],
    usesSessions: true,
    async run({ administration, output }, { name, json }) {
      requireSessions(administration);
      const { user } = await administration.findByUsername(name);
      const sessions = await administration.listSessions(user.id);
      if (json) output.print(JSON.stringify({ sessions }));
      else printTable(output, ['CREATED', 'LAST USE', 'ADDRESS', 'BROWSER', 'ID'], sessions.map(formatSession));
    },
  },

  'sign-out': {
    arguments: [1, 2],
    usesSessions: true,
    async run({ administration, output }, { name, more: [sessionId], json }) {
      requireSessions(administration);
      const { user } = await administration.findByUsername(name);
      if (sessionId === undefined) await administration.endSessions(user.id);
      else await administration.endSession(user.id, sessionId);
      const what = sessionId === undefined ? 'all sessions' : 'one session';
      output.print(json ? JSON.stringify({ user: user.username, ended: what }) : `Ended ${what} of ${user.username}.`);
    },
  },
};

export interface ParsedCommand {
  readonly usesSessions: boolean;
  run(context: AccountsContext): Promise<void>;
}

/** @throws UsageError if the arguments are wrong */
export function parseAccountsCommand(args: readonly string[]): ParsedCommand {
  const [verb = '', ...rest] = args;
  const command = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (command === undefined) throw new UsageError(`Unknown command "accounts ${verb}".`);
  const given = readGiven(verb, rest, command.arguments);
  const { usesSessions = false } = command;
  return {
    usesSessions,
    async run(context) {
      await command.run(context, given);
      if (usesSessions && !context.administration.hasSessions) context.output.printError(MEMORY_WARNING);
    },
  };
}

const OPTIONS = { json: { type: 'boolean' }, role: { type: 'string', multiple: true } } as const;

function readGiven(verb: string, args: string[], [least, most]: readonly [number, number]): Given {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    const { role: roles = [], json = false } = values;
    if (roles.length > 0 && verb !== 'create') throw new Error(`accounts ${verb} has no option --role.`);
    if (positionals.length < least) throw new Error(`accounts ${verb} needs more arguments.`);
    if (positionals.length > most) throw new Error(`Unexpected argument "${positionals[most]}".`);
    const [name = '', ...more] = positionals;
    return { name, more, roles, json };
  } catch (error) {
    // Node's second sentence explains arguments that begin with a dash.
    throw new UsageError((error as Error).message.split('. ')[0]?.replace(/\.?$/, '.'));
  }
}

function changeUser(
  done: string,
  change: (administration: Administration, id: string, given: Given) => Promise<void>,
  { usesSessions = false } = {},
): AccountsCommand {
  return {
    arguments: [1, 1],
    usesSessions,
    async run(context, given) {
      const { user } = await context.administration.findByUsername(given.name);
      await change(context.administration, user.id, given);
      await printUser(context, user.id, given.json, done);
    },
  };
}

async function readPassword({ askNewPassword }: AccountsContext): Promise<string> {
  const password = await askNewPassword();
  if (password === undefined) throw new RefusedError('The two passwords differ. Nothing was changed.');
  return password;
}

function requireSessions({ hasSessions }: Administration): void {
  if (!hasSessions) throw new RefusedError(MEMORY_WARNING);
}

async function listAll(administration: Administration): Promise<UserSummary[]> {
  const users: UserSummary[] = [];
  for (let after: string | undefined; ; ) {
    const page = await administration.list({ limit: 1000, ...(after !== undefined && { after }) });
    users.push(...page.users);
    if (page.next === undefined) return users;
    after = page.next;
  }
}

async function printUser({ administration, output }: AccountsContext, id: string, json: boolean, done: string) {
  const found = await administration.find(id);
  const { username, roles } = found.user;
  output.print(
    json ? JSON.stringify({ user: showUser(found) }) : `${done} ${username} (${roles.join(', ')}; ${found.status}).`,
  );
}

function showUser({ user, status, createdAt, passwordChangedAt }: UserSummary) {
  const times = { createdAt: formatTime(createdAt), passwordChangedAt: formatTime(passwordChangedAt) };
  return { id: user.id, username: user.username, roles: user.roles, status, ...times };
}

function formatRow({ user, status, createdAt }: UserSummary): string[] {
  return [user.username, user.roles.join(','), status, formatTime(createdAt), user.id];
}

function formatSession({ createdAt, lastSeenAt, address = '', browser = '', id }: UserSession): string[] {
  return [createdAt, lastSeenAt, address, browser, id];
}

const formatTime = (ms: number): string => new Date(ms).toISOString();

function printTable({ print }: Output, head: readonly string[], rows: readonly string[][]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows])
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
