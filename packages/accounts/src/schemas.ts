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
