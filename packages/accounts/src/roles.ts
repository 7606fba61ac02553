// The roles of a user: names that guards compare. One of them is known here.

import { AccountsError } from './errors.ts';

/** May administer users. A directory keeps at least one active user with this role, once there is one. */
export const ADMIN_ROLE = 'admin';

/** The roles of every user who registers. */
export const DEFAULT_ROLES: readonly string[] = ['user'];

const MAX_ROLES = 20;
/** 1 to 32 letters, digits, dots, colons, dashes and underscores. */
const ROLE = /^[\w.:-]{1,32}$/;

/** Returns the roles, each once. @throws ERR_ROLES_INVALID */
export function checkRoles(roles: readonly string[]): readonly string[] {
  const once = [...new Set(roles)];
  if (once.length > MAX_ROLES || !once.every((role) => ROLE.test(role)))
    throw new AccountsError('ERR_ROLES_INVALID', { field: 'roles' });
  return once;
}
