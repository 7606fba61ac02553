// What an administrator does with other users' accounts and sessions. The routes of both APIs and the command line call
// it.
//
//   disable, reset the password:  write ──> end the user's sessions         (ASVS 7.4.2, 7.4.3, 7.4.5)
//   change roles:                 write ──> give live sessions the roles that are stored, until both are the same
//   delete:                       disable ──> end the user's sessions ──> delete ──> end them again
//
// If the session store fails in between, the call fails, and the same call again finishes the work. A session that
// begins at the same moment reads the account once more after it has begun, and ends itself (accounts.ts).

import type { User, UserDirectory, UserPage, UserSummary } from './contracts/directory.ts';
import type { ManagedSessions, UserSession } from './contracts/managed-sessions.ts';
import { AccountsError, type AccountsErrorCode } from './errors.ts';
import { checkNewPassword } from './passwords/password-rules.ts';
import type { Passwords } from './passwords/passwords.ts';
import { ADMIN_ROLE, checkRoles } from './roles.ts';
import { parseUsername } from './usernames.ts';

export interface AdministrationOptions {
  readonly directory: UserDirectory;
  readonly passwords: Passwords;
  /** Undefined where credentials cannot be ended before they expire: tokens. */
  readonly sessions?: ManagedSessions | undefined;
}

/**
 * Users are named by their ids. Every method but those that list and end sessions throws ERR_USER_UNKNOWN for an id of
 * no user. Every method throws ERR_DATABASE_… if the user database fails, and what the session store throws if that one
 * fails.
 */
export interface Administration {
  /** Whether the present sessions of users can be listed and ended. */
  readonly hasSessions: boolean;
  /** @throws ERR_NOT_ADMINISTRATOR unless this user has the role `admin` now, whatever the user's credential says */
  requireAdministrator(userId: string): Promise<void>;
  /** `limit`: 1 to 1,000. `after`: the `next` of the page before. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<UserPage>;
  find(id: string): Promise<UserSummary>;
  findByUsername(username: string): Promise<UserSummary>;
  /** @throws the errors of a username, of a password and of roles; ERR_USERNAME_TAKEN */
  create(user: {
    readonly username: string;
    readonly password: string;
    readonly roles: readonly string[];
  }): Promise<User>;
  /** Closes the account to sign-in and ends its sessions. @throws ERR_LAST_ADMINISTRATOR */
  disable(id: string): Promise<void>;
  enable(id: string): Promise<void>;
  /** Live sessions have the new roles from now on. @throws ERR_ROLES_INVALID, ERR_LAST_ADMINISTRATOR */
  setRoles(id: string, roles: readonly string[]): Promise<void>;
  /** Ends all sessions of the user. @throws the errors of a new password, ERR_PASSWORD_CONFLICT */
  resetPassword(id: string, password: string): Promise<void>;
  /** Deletes the user and ends the sessions. The name is not free before 30 days. @throws ERR_LAST_ADMINISTRATOR */
  remove(id: string): Promise<void>;
  /** The user's live sessions, oldest first; none for an id of no user. */
  listSessions(id: string): Promise<readonly UserSession[]>;
  /** @throws ERR_SESSION_UNKNOWN if the user has no such session */
  endSession(id: string, sessionId: string): Promise<void>;
  endSessions(id: string): Promise<void>;
}

/** How often the hash is read again when a sign-in or the user changes it at the same time. */
const MAX_TRIES = 5;

export function createAdministration({ directory, passwords, sessions }: AdministrationOptions): Administration {
  async function find(id: string) {
    return (await directory.findById(id)) ?? fail('ERR_USER_UNKNOWN');
  }

  /** Of two changes at the same time, the first one's roles may reach the sessions last: so they are compared again. */
  async function alignSessions(id: string): Promise<void> {
    const { user } = await find(id);
    await sessions?.changeSubject(user);
    const { user: current } = await find(id);
    if (JSON.stringify(current.roles) !== JSON.stringify(user.roles)) await alignSessions(id);
  }

  async function replaceHash(id: string, to: string): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { passwordHash: from } = await find(id);
      const outcome = await directory.setPasswordHash(id, { from, to });
      if (outcome === 'changed') return;
      if (outcome === 'gone') fail('ERR_USER_UNKNOWN');
    }
    fail('ERR_PASSWORD_CONFLICT');
  }

  return {
    hasSessions: sessions !== undefined,

    async requireAdministrator(userId) {
      const account = await directory.findById(userId);
      if (account?.status !== 'active' || !account.user.roles.includes(ADMIN_ROLE)) fail('ERR_NOT_ADMINISTRATOR');
    },

    list: async (page) => directory.list(page),

    find: async (id) => summarize(await find(id)),

    findByUsername: async (username) =>
      summarize((await directory.findByUsername(username)) ?? fail('ERR_USER_UNKNOWN')),

    async create({ username: text, password, roles }) {
      const username = parseUsername(text);
      checkNewPassword(password, { username });
      const user = { username, passwordHash: await passwords.hash(password), roles: checkRoles(roles) };
      const created = await directory.create(user);
      return created === 'taken' ? fail('ERR_USERNAME_TAKEN') : created;
    },

    async disable(id) {
      requireDone(await directory.disable(id));
      await sessions?.endAll(id);
    },

    enable: async (id) => requireDone(await directory.enable(id)),

    async setRoles(id, roles) {
      requireDone(await directory.setRoles(id, checkRoles(roles)));
      await alignSessions(id);
    },

    async resetPassword(id, password) {
      const { user } = await find(id);
      checkNewPassword(password, { username: user.username });
      await replaceHash(id, await passwords.hash(password));
      await sessions?.endAll(id);
    },

    async remove(id) {
      const outcome = await directory.disable(id);
      // Also of a user who is gone: an earlier call may have failed after the user was deleted.
      if (outcome !== 'last-administrator') await sessions?.endAll(id);
      requireDone(outcome);
      requireDone(await directory.remove(id));
      // Another administrator may have enabled the user for a moment.
      await sessions?.endAll(id);
    },

    async listSessions(id) {
      return (await sessions?.list(id)) ?? [];
    },

    async endSession(id, sessionId) {
      if (!(await sessions?.end(id, sessionId))) fail('ERR_SESSION_UNKNOWN');
    },

    async endSessions(id) {
      await sessions?.endAll(id);
    },
  };
}

/** Without the hash of the password. */
function summarize({ user, status, createdAt, passwordChangedAt }: UserSummary): UserSummary {
  return { user, status, createdAt, passwordChangedAt };
}

function requireDone(outcome: string): void {
  if (outcome === 'gone') fail('ERR_USER_UNKNOWN');
  if (outcome === 'last-administrator') fail('ERR_LAST_ADMINISTRATOR');
}

function fail(code: AccountsErrorCode): never {
  throw new AccountsError(code);
}
