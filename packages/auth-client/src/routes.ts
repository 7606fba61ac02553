// What the routes of the API answer: the types, and how an answer is read.

import { ApiError, ClientError } from './errors.ts';
import type { ReceivedAnswer } from './exchange.ts';

/** The user as the API answers them. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

/** One of the user's sessions, as in `GET /auth/sessions`; the server may add fields. */
export interface SessionInfo {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** An item of a cart: an article and how many of it. */
export interface CartItem {
  readonly sku: string;
  readonly quantity: number;
}

/** The cart of a session. */
export interface Cart {
  readonly items: readonly CartItem[];
}

/** What a client keeps between two requests, for printing. The values are credentials: shorten them. */
export interface Remembered {
  readonly summary: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** Returns the answer if its status is 200–299. @throws ApiError */
export function checkStatus(answer: ReceivedAnswer): ReceivedAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const { code, message } = readFields(answer.body);
  throw new ApiError({
    status: answer.status,
    code: typeof code === 'string' ? code : `HTTP_${answer.status}`,
    message: typeof message === 'string' ? message : `The server answered ${answer.status}.`,
    servedBy: answer.servedBy,
    retryAfter: parseSeconds(answer.headers['retry-after']),
  });
}

/** Reads `user` from the answer. @throws ERR_CLIENT_ANSWER_UNEXPECTED */
export function readUser({ body }: ReceivedAnswer): User {
  const { user } = readFields(body);
  const { id, username, roles } = readFields(user);
  if (typeof id !== 'string' || typeof username !== 'string' || !Array.isArray(roles))
    throw createUnexpectedError('user');
  return { id, username, roles: roles.map(String) };
}

export function readText({ body }: ReceivedAnswer, field: string): string {
  const value = readFields(body)[field];
  if (typeof value !== 'string' || value === '') throw createUnexpectedError(field);
  return value;
}

/** A field that holds a list. @throws ERR_CLIENT_ANSWER_UNEXPECTED */
export function readList<Item>({ body }: ReceivedAnswer, field: string): readonly Item[] {
  const list = readFields(body)[field];
  if (!Array.isArray(list)) throw createUnexpectedError(field);
  return list as readonly Item[];
}

function readFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parseSeconds(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}

function createUnexpectedError(field: string): ClientError {
  return new ClientError(
    'ERR_CLIENT_ANSWER_UNEXPECTED',
    `The answer has no "${field}". Does baseUrl point at a server of this mode, with its path prefix?`,
  );
}
