// An exchange as plain text: what was sent (>) and received (<). No colours; credentials in full only with `reveal`.

import { STATUS_CODES } from 'node:http';
import type { Exchange, ReceivedAnswer, SentRequest } from './exchange.ts';

/** Options of `formatExchange`. */
export interface FormatOptions {
  /** Print credentials in full. Passwords stay masked. Default false. */
  readonly reveal?: boolean;
}

const PASSWORD_FIELDS = new Set(['password', 'currentPassword', 'newPassword']);
const TOKEN_FIELDS = new Set(['accessToken', 'refreshToken']);
const MASK = '********';
const MAX_BODY_LENGTH = 2_000;

/** Returns the lines of an exchange, without a line feed at the end. */
export function formatExchange(exchange: Exchange, { reveal = false }: FormatOptions = {}): string {
  const hide = (value: string) => (reveal ? escapeControls(value) : shorten(value));
  const lines = [
    ...formatRequest(exchange.request, hide).map((line) => `> ${line}`),
    ...formatAnswer(exchange, hide).map((line) => `< ${line}`),
  ];
  return lines.join('\n');
}

/** Returns both ends of a credential, enough to compare two of them: `eyJhbG…x3Qk (212 characters)`. */
export function shorten(value: string): string {
  const length = `(${value.length} characters)`;
  if (value.length < 24) return `… ${length}`;
  return `${escapeControls(value.slice(0, 6))}…${escapeControls(value.slice(-4))} ${length}`;
}

type Hide = (value: string) => string;

function formatRequest({ method, url, headers, body }: SentRequest, hide: Hide): string[] {
  const sent = Object.entries(headers).map(([name, value]) => `${name}: ${formatHeader(name, value, hide)}`);
  return [`${method} ${escapeControls(url)}`, ...sent, ...formatBody(body, hide)];
}

function formatAnswer({ answer, failure, durationMs }: Exchange, hide: Hide): string[] {
  if (answer === undefined) return [`no answer: ${escapeControls(failure?.message ?? 'unknown')}`];
  const status = `${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  return [`${status}, ${Math.round(durationMs)} ms`, ...formatHeaders(answer, hide), ...formatBody(answer.body, hide)];
}

const SHOWN = ['retry-after', 'secure-session-registration', 'secure-session-challenge'];

/** Only the headers that name the instance, the time to wait, the steps of a device-bound session, and cookies. */
function formatHeaders({ headers, servedBy }: ReceivedAnswer, hide: Hide): string[] {
  const cookies = [headers['set-cookie'] ?? []].flat();
  const from = servedBy === undefined ? [] : [`x-served-by: ${escapeControls(servedBy)}`];
  const shown = SHOWN.flatMap((name) =>
    [headers[name] ?? []].flat().map((value) => `${name}: ${escapeControls(value)}`),
  );
  return [...from, ...shown, ...cookies.map((cookie) => `set-cookie: ${formatSetCookie(cookie, hide)}`)];
}

function formatHeader(name: string, value: string, hide: Hide): string {
  if (name === 'authorization')
    return value.replace(/^(\S+ )?(.*)$/s, (_, scheme, token) => `${scheme ?? ''}${hide(token)}`);
  if (name === 'cookie')
    return value
      .split('; ')
      .map((pair) => formatPair(pair, hide))
      .join('; ');
  if (name === 'secure-session-response') return value.replace(/[^"]+/, hide);
  return escapeControls(value);
}

function formatSetCookie(cookie: string, hide: Hide): string {
  const [pair = '', ...attributes] = cookie.split(';');
  return [formatPair(pair, hide), ...attributes.map(escapeControls)].join(';');
}

function formatPair(pair: string, hide: Hide): string {
  const at = pair.indexOf('=');
  // A cookie without a value is being cleared: there is nothing to hide.
  if (at < 0) return hide(pair);
  const value = pair.slice(at + 1);
  return `${escapeControls(pair.slice(0, at))}=${value === '' ? '' : hide(value)}`;
}

function formatBody(body: unknown, hide: Hide): string[] {
  if (body === undefined) return [];
  const text = typeof body === 'string' ? body : JSON.stringify(body, createMask(hide));
  const whole = escapeControls(text);
  return [whole.length > MAX_BODY_LENGTH ? `${whole.slice(0, MAX_BODY_LENGTH)}… (${whole.length} characters)` : whole];
}

function createMask(hide: Hide) {
  return (field: string, value: unknown): unknown => {
    if (PASSWORD_FIELDS.has(field)) return MASK;
    return TOKEN_FIELDS.has(field) && typeof value === 'string' ? hide(value) : value;
  };
}

/** Shows control and format characters as \u{…}, so that a server's text cannot control the terminal. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
  });
}
