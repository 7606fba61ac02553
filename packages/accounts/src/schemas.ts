// Bodies and answers over HTTP, for route schemas. The bounds here only keep oversized text out. The rules for
// usernames and passwords, with their error codes, are in usernames.ts and passwords/password-rules.ts.

import { z } from 'zod';

const username = z.string().min(1).max(256).describe('1 to 64 characters after NFKC; case does not count');
// More than 128 characters of two UTF-16 units each, so that the exact rule answers with its own error code.
const password = z.string().min(1).max(1024).describe('8 to 128 characters, used exactly as sent');

/** Body of `POST /auth/register` and `POST /auth/login`. */
export const Credentials = z.strictObject({ username, password });
export type Credentials = z.infer<typeof Credentials>;

/** Body of `POST /auth/password`. */
export const PasswordChange = z.strictObject({ currentPassword: password, newPassword: password });
export type PasswordChange = z.infer<typeof PasswordChange>;

/** A user as answers show them. */
export const PublicUser = z.object({ id: z.string(), username: z.string(), roles: z.array(z.string()) });
export type PublicUser = z.infer<typeof PublicUser>;

/** Answer of register, of the stateful login, and of `GET /auth/me`. */
export const UserAnswer = z.object({ user: PublicUser });
export type UserAnswer = z.infer<typeof UserAnswer>;

/** Query of `GET /admin/users`. */
export const UserPageQuery = z.strictObject({
  after: z.string().max(256).optional().describe('`next` of the page before'),
  limit: z
    .string()
    .regex(/^([1-9]\d{0,2}|1000)$/)
    .default('100')
    .describe('users of a page, 1 to 1000'),
});
export type UserPageQuery = z.infer<typeof UserPageQuery>;

/** Body of `PUT /admin/users/:id/roles`. The rule, with its error code, is in roles.ts. */
export const RolesChange = z.strictObject({ roles: z.array(z.string().max(256)).max(100) });
export type RolesChange = z.infer<typeof RolesChange>;

/** A user as administrators see them. Times are ISO 8601 texts. */
export const ManagedUser = PublicUser.extend({
  status: z.enum(['active', 'disabled']),
  createdAt: z.string(),
  passwordChangedAt: z.string(),
});
export type ManagedUser = z.infer<typeof ManagedUser>;

export const ManagedUserAnswer = z.object({ user: ManagedUser });
export const ManagedUserList = z.object({ users: z.array(ManagedUser), next: z.string().optional() });

/** A session as its user and administrators see it. */
export const UserSessionEntry = z.object({
  id: z.string(),
  createdAt: z.string(),
  lastSeenAt: z.string(),
  expiresAt: z.string(),
  deviceBound: z.boolean(),
  address: z.string().optional(),
  browser: z.string().optional(),
});

export const UserSessionList = z.object({ sessions: z.array(UserSessionEntry) });
