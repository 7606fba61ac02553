// The API's routes as calls: what both clients say in the same words. How they show who they are is not here.

import { ApiError, ClientError } from './errors.ts';
import type { ReceivedAnswer } from './exchange.ts';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

/** One of the user's sessions, as `GET /auth/sessions` lists them; the server may add more fields. */
export interface SessionInfo {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface CartItem {
  readonly sku: string;
  readonly quantity: number;
}

export interface Cart {
  readonly items: readonly CartItem[];
}

/** What a client remembers between two requests, for people to read. The values are credentials: shorten them. */
export interface Remembered {
  readonly summary: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** Sends and answers, whatever the status. */
export type Send = (method: string, path: string, body?: unknown) => Promise<ReceivedAnswer>;

/** The answer if its status is 200–299. @throws ApiError */
export function accepted(answer: ReceivedAnswer): ReceivedAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const { code, message } = fieldsOf(answer.body);
  throw new ApiError({
    status: answer.status,
    code: typeof code === 'string' ? code : `HTTP_${answer.status}`,
    message: typeof message === 'string' ? message : `The server answered ${answer.status}.`,
    servedBy: answer.servedBy,
    retryAfter: secondsOf(answer.headers['retry-after']),
  });
}

/** What `user` holds in the answer. @throws ERR_CLIENT_ANSWER_UNEXPECTED */
export function userIn({ body }: ReceivedAnswer): User {
  const { user } = fieldsOf(body);
  const { id, username, roles } = fieldsOf(user);
  if (typeof id !== 'string' || typeof username !== 'string' || !Array.isArray(roles)) throw unexpected('user');
  return { id, username, roles: roles.map(String) };
}

export function textIn({ body }: ReceivedAnswer, field: string): string {
  const value = fieldsOf(body)[field];
  if (typeof value !== 'string' || value === '') throw unexpected(field);
  return value;
}

export async function changePassword(send: Send, currentPassword: string, newPassword: string): Promise<void> {
  accepted(await send('POST', '/auth/password', { currentPassword, newPassword }));
}

export async function register(send: Send, username: string, password: string): Promise<User> {
  return userIn(accepted(await send('POST', '/auth/register', { username, password })));
}

export async function me(send: Send): Promise<User> {
  return userIn(accepted(await send('GET', '/auth/me')));
}

export async function sessions(send: Send): Promise<readonly SessionInfo[]> {
  return listIn<SessionInfo>(accepted(await send('GET', '/auth/sessions')), 'sessions');
}

export async function endSession(send: Send, id: string): Promise<void> {
  accepted(await send('DELETE', `/auth/sessions/${encodeURIComponent(id)}`));
}

export async function cart(send: Send): Promise<Cart> {
  return { items: listIn<CartItem>(accepted(await send('GET', '/cart')), 'items') };
}

function listIn<Item>({ body }: ReceivedAnswer, field: string): readonly Item[] {
  const list = fieldsOf(body)[field];
  if (!Array.isArray(list)) throw unexpected(field);
  return list as readonly Item[];
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function secondsOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}

function unexpected(field: string): ClientError {
  return new ClientError(
    'ERR_CLIENT_ANSWER_UNEXPECTED',
    `The answer has no "${field}". Does baseUrl point at a server of this mode, with its path prefix?`,
  );
}
