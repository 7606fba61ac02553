// An exchange as plain text: what was sent (>) and what came back (<). No colours, no credential in full unless asked.

import { STATUS_CODES } from 'node:http';
import type { Exchange, ReceivedAnswer, SentRequest } from './exchange.ts';

export interface FormatOptions {
  /** Credentials in full. Passwords stay masked. Default false. */
  readonly reveal?: boolean;
}

const PASSWORD_FIELDS = new Set(['password', 'currentPassword', 'newPassword']);
const TOKEN_FIELDS = new Set(['accessToken', 'refreshToken']);
const MASK = '********';
const MAX_BODY_LENGTH = 2_000;

/** Lines without a line feed at the end. */
export function formatExchange(exchange: Exchange, { reveal = false }: FormatOptions = {}): string {
  const secret = (value: string) => (reveal ? printable(value) : shorten(value));
  const lines = [
    ...requestLines(exchange.request, secret).map((line) => `> ${line}`),
    ...answerLines(exchange, secret).map((line) => `< ${line}`),
  ];
  return lines.join('\n');
}

/** Both ends of a credential, enough to see that two are the same: `eyJhbG…x3Qk (212 characters)`. */
export function shorten(value: string): string {
  const length = `(${value.length} characters)`;
  if (value.length < 24) return `… ${length}`;
  return `${printable(value.slice(0, 6))}…${printable(value.slice(-4))} ${length}`;
}

type Secret = (value: string) => string;

function requestLines({ method, url, headers, body }: SentRequest, secret: Secret): string[] {
  const sent = Object.entries(headers).map(([name, value]) => `${name}: ${headerText(name, value, secret)}`);
  return [`${method} ${printable(url)}`, ...sent, ...bodyLines(body, secret)];
}

function answerLines({ answer, failure, durationMs }: Exchange, secret: Secret): string[] {
  if (answer === undefined) return [`no answer: ${printable(failure?.message ?? 'unknown')}`];
  const status = `${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  return [`${status}, ${Math.round(durationMs)} ms`, ...headerLines(answer, secret), ...bodyLines(answer.body, secret)];
}

/** Of the answer's headers only those that say who answered and what the client shall remember. */
function headerLines({ headers, servedBy }: ReceivedAnswer, secret: Secret): string[] {
  const cookies = [headers['set-cookie'] ?? []].flat();
  const from = servedBy === undefined ? [] : [`x-served-by: ${printable(servedBy)}`];
  const retry = headers['retry-after'];
  const wait = typeof retry === 'string' ? [`retry-after: ${printable(retry)}`] : [];
  return [...from, ...wait, ...cookies.map((cookie) => `set-cookie: ${setCookieText(cookie, secret)}`)];
}

function headerText(name: string, value: string, secret: Secret): string {
  if (name === 'authorization')
    return value.replace(/^(\S+ )?(.*)$/s, (_, scheme, token) => `${scheme ?? ''}${secret(token)}`);
  if (name === 'cookie')
    return value
      .split('; ')
      .map((pair) => pairText(pair, secret))
      .join('; ');
  return printable(value);
}

function setCookieText(cookie: string, secret: Secret): string {
  const [pair = '', ...attributes] = cookie.split(';');
  return [pairText(pair, secret), ...attributes.map(printable)].join(';');
}

function pairText(pair: string, secret: Secret): string {
  const at = pair.indexOf('=');
  // A cookie without a value is being cleared: nothing to hide, and worth seeing.
  if (at < 0) return secret(pair);
  const value = pair.slice(at + 1);
  return `${printable(pair.slice(0, at))}=${value === '' ? '' : secret(value)}`;
}

function bodyLines(body: unknown, secret: Secret): string[] {
  if (body === undefined) return [];
  const text = typeof body === 'string' ? body : JSON.stringify(body, masked(secret));
  const whole = printable(text);
  return [whole.length > MAX_BODY_LENGTH ? `${whole.slice(0, MAX_BODY_LENGTH)}… (${whole.length} characters)` : whole];
}

function masked(secret: Secret) {
  return (field: string, value: unknown): unknown => {
    if (PASSWORD_FIELDS.has(field)) return MASK;
    return TOKEN_FIELDS.has(field) && typeof value === 'string' ? secret(value) : value;
  };
}

/** A server's text cannot steer the terminal: control and format characters are shown as \u{…}. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
  });
}
