// What an attacker has: any header, any payload, and any signature. Tests start from a token that is accepted and change
// one thing, so that a refusal can only come from that thing.

import { createHmac, type KeyObject, sign } from 'node:crypto';
import { createJwtStrategy, type JwtStrategy, type JwtStrategyOptions } from '@statecraft/auth-core';

export const NOW = Date.UTC(2026, 10, 24, 12);
export const SECONDS = NOW / 1000;
export const SECRET = 'a secret of the tests, which is longer than 32 bytes';
export const ALICE = { userId: 'u-1', username: 'alice', roles: ['reader'] };

export function strategyOf(options: Partial<JwtStrategyOptions> = {}): JwtStrategy {
  return createJwtStrategy({ issuer: 'iss', audience: 'aud', keys: { secret: SECRET }, clock: () => NOW, ...options });
}

export type Json = Record<string, unknown>;

export const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
export const decode = (part = '') => Buffer.from(part, 'base64url').toString();

/** Header and payload of a token, parsed. */
export function open(token: string): { header: Json; claims: Json; signature: string } {
  const [header, payload, signature = ''] = token.split('.');
  return { header: JSON.parse(decode(header)), claims: JSON.parse(decode(payload)), signature };
}

const textOf = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part));

/** A token over any header and payload (an object, or JSON text to the letter), signed with HMAC-SHA-256. */
export function hs256(header: unknown, payload: unknown, secret: string | Uint8Array = SECRET): string {
  const input = `${encode(textOf(header))}.${encode(textOf(payload))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function eddsa(header: unknown, payload: unknown, key: KeyObject): string {
  const input = `${encode(textOf(header))}.${encode(textOf(payload))}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

/** The code that a call throws; 'accepted' when it does not throw. */
export function outcomeOf(call: () => unknown): string {
  try {
    call();
    return 'accepted';
  } catch (error) {
    if (error instanceof Error && error.name === 'AuthError' && 'code' in error) return String(error.code);
    return `a foreign error: ${String(error)}`;
  }
}
