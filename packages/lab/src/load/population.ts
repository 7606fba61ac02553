// The users of a part: up to a million of them, each with a credential and an account. Several users may share an account,
// each with a session of their own; an answer must still name the account of the user who asked.

import { randomBytes } from 'node:crypto';
import type { ExperimentContext } from '../contracts/context.ts';
import { createLedger } from './ledger.ts';
import type { Answer, Message } from './sender.ts';

export type Population = ReturnType<typeof createPopulation>;

/** The default. The identity check sees a swap of two users if their accounts differ: 199 of 200 swaps. */
const ACCOUNTS = 200;
/** Each costs the target a password hash, and more than one registration where servers keep accounts of their own. */
const TARGET_ACCOUNTS = 10;
const PASSWORD = 'correct horse battery staple';

export function createPopulation(
  { side, options: { target, insecure } }: ExperimentContext,
  users: number,
  accounts = ACCOUNTS,
) {
  const credentials: string[] = [];
  const count = Math.min(users, accounts, target === undefined ? Number.POSITIVE_INFINITY : TARGET_ACCOUNTS);
  // Accounts stay at a target. Their password must not be one that is published here.
  const prefix = target === undefined ? 'lab' : `lab-${randomBytes(5).toString('hex')}`;
  const names: string[] = [];
  const homes = new Uint16Array(users);
  const ledger = createLedger(users);
  const header = side.api === 'stateless' ? 'authorization' : 'cookie';
  return {
    users,
    accounts: count,
    ledger,
    password: target === undefined ? PASSWORD : randomBytes(18).toString('base64url'),
    /** Its senders accept any certificate: `--insecure`. */
    insecure,
    getUsername: (user: number) => `${prefix}-${user % count}`,
    /** Records an acknowledged sign-in. */
    enter(user: number, credential: string, server: string): void {
      credentials[user] = credential;
      ledger.markSignedIn(user);
      if (!names.includes(server)) names.push(server);
      homes[user] = names.indexOf(server);
    },
    /** The users who signed in at this server and did not sign out. */
    listUsersAt(server: string): number[] {
      const home = names.indexOf(server);
      return Array.from(homes.keys()).filter((user) => homes[user] === home && ledger.isSignedIn(user));
    },
    /** The header that carries the credential of this user. */
    createHeaders: (user: number): Record<string, string> => ({ [header]: credentials[user] ?? '' }),
  };
}

/** The registration or the sign-in of a user. */
export function createSignUpMessage({ getUsername, password }: Population, user: number, path: string): Message {
  const body = JSON.stringify({ username: getUsername(user), password });
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body };
}

/** Name and value of each cookie that was set. */
export const parseCookies = ({ setCookies }: Answer): [string, string][] =>
  setCookies.map((cookie) => {
    const [, name = '', value = ''] = /^([^=;]*)=([^;]*)/.exec(cookie) ?? [];
    return [name, value];
  });

/** The token of a sign-in as an Authorization header has it. */
export function readBearer({ body }: Answer): string {
  const { accessToken } = JSON.parse(body) as { accessToken?: string };
  if (accessToken === undefined) throw new Error('A sign-in was acknowledged without a token or a cookie.');
  return `Bearer ${accessToken}`;
}
