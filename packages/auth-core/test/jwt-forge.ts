// Forges tokens with any header, payload and signature. A test starts from a token that is accepted and changes one
// thing, so that only that thing can be the reason for a refusal.

import { createHmac, type KeyObject, sign } from 'node:crypto';
import {
  AuthError,
  createJwtStrategy,
  type JwtStrategy,
  type JwtStrategyOptions,
  type Principal,
} from '@statecraft/auth-core';

export const NOW = Date.UTC(2026, 10, 24, 12);
export const SECONDS = NOW / 1000;
export const SECRET = 'a secret of the tests, which is longer than 32 bytes';
export const ALICE = { userId: 'u-1', username: 'alice', roles: ['reader'] };

export function createStrategy(options: Partial<JwtStrategyOptions> = {}): JwtStrategy {
  return createJwtStrategy({ issuer: 'iss', audience: 'aud', keys: { secret: SECRET }, clock: () => NOW, ...options });
}

export type Json = Record<string, unknown>;

export const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
export const decode = (part = '') => Buffer.from(part, 'base64url').toString();

/** Header and payload of a token, parsed. */
export function openToken(token: string): { header: Json; claims: Json; signature: string } {
  const [header, payload, signature = ''] = token.split('.');
  return { header: JSON.parse(decode(header)), claims: JSON.parse(decode(payload)), signature };
}

const formatPart = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part));

/** A token over any header and payload (an object, or JSON text that is used as it is), signed with HMAC-SHA-256. */
export function hs256(header: unknown, payload: unknown, secret: string | Uint8Array = SECRET): string {
  const input = `${encode(formatPart(header))}.${encode(formatPart(payload))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function eddsa(header: unknown, payload: unknown, key: KeyObject): string {
  const input = `${encode(formatPart(header))}.${encode(formatPart(payload))}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

/** 'accepted', or the code of the refusal. An outcome that is a promise is a mistake of the test. */
export function readOutcome(outcome: ReturnType<JwtStrategy['authenticate']>): string {
  if (outcome instanceof Promise) throw new TypeError('The outcome is a promise.');
  return outcome.refused ?? 'accepted';
}

/** The principal of an accepted token. */
export function readPrincipal(outcome: ReturnType<JwtStrategy['authenticate']>): Principal {
  if (outcome instanceof Promise || outcome.refused !== undefined || outcome.principal === null) {
    throw new TypeError(`The token is not accepted: ${JSON.stringify(outcome)}`);
  }
  return outcome.principal;
}

/** The code of the AuthError that a call throws; 'none' when it throws nothing. */
export function readErrorCode(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    return error instanceof AuthError ? error.code : `not an AuthError: ${String(error)}`;
  }
}
