// What a token says (RFC 9068 without client_id): the checks of its claims after the signature, and the principal.

import type { Principal } from '../../contracts/principal.ts';

/** The claims that every token of this package has, and that the strategy writes and checks. */
export interface RegisteredClaims {
  readonly iss: string;
  readonly aud: string;
  /** The user's id. */
  readonly sub: string;
  readonly username: string;
  readonly roles: readonly string[];
  /** Seconds since the epoch, as `exp` and `nbf`. */
  readonly iat: number;
  readonly exp: number;
  readonly nbf?: number;
  /** The token's id. */
  readonly jti: string;
}

/** Further claims of an application, by name. */
export type CustomClaims = Readonly<Record<string, unknown>>;

/** The payload of a token. */
export type JwtClaims = RegisteredClaims & CustomClaims;

/** The evidence of an accepted token. */
export interface VerifiedToken<Claims extends object = CustomClaims> {
  /**
   * All claims, frozen. Custom claims are optional, because a token may come from an earlier version of the
   * application.
   */
  readonly claims: RegisteredClaims & Readonly<Partial<Claims>>;
}

export interface ClaimsRules {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds that may lie between `iat` and `exp`. */
  readonly maxTtlSeconds: number;
  readonly leewayMs: number;
}

/** When a token is accepted, in ms since the epoch, leeway included: from `validFrom` on and before `validUntil`. */
export interface Validity {
  readonly validFrom: number;
  readonly validUntil: number;
}

/** The last NumericDate that a Date can hold. It also keeps seconds × 1000 exact. */
const LAST_SECOND = 8.64e12;
/** How far the clocks of honest issuers may differ, besides the leeway, when a token's life is measured. */
const ISSUER_SKEW_SECONDS = 60;

/**
 * Whether a payload has all claims, well formed, for this issuer and audience, and lives no longer than it may. Strings
 * are compared exactly; a list as `aud` is refused (RFC 8725, 3.8 and 3.9). The time of day is not checked here.
 */
export function hasValidClaims(payload: Record<string, unknown>, rules: ClaimsRules): payload is JwtClaims {
  const { iss, aud, sub, username, roles, iat, exp, jti } = payload;
  return (
    iss === rules.issuer &&
    aud === rules.audience &&
    isId(sub) &&
    isId(jti) &&
    isString(username) &&
    Array.isArray(roles) &&
    roles.every(isString) &&
    isNumericDate(iat) &&
    isNumericDate(exp) &&
    exp <= iat + rules.maxTtlSeconds + ISSUER_SKEW_SECONDS &&
    // `nbf: null` is not the same as no nbf.
    (!('nbf' in payload) || isNumericDate(payload.nbf))
  );
}

/**
 * A token is not yet valid before `nbf`, and expired from `exp` on (RFC 7519, 4.1.4 and 4.1.5). An `iat` in the future
 * would lengthen its life, so it is not valid before that either, but for a minute.
 */
export function readValidity({ iat, exp, nbf = 0 }: RegisteredClaims, leewayMs: number): Validity {
  return {
    validFrom: Math.max(nbf, iat - ISSUER_SKEW_SECONDS) * 1000 - leewayMs,
    validUntil: exp * 1000 + leewayMs,
  };
}

/** The principal of a token. It is made anew for each request, so that a change to it reaches no other request. */
export function createPrincipal({ sub, username, roles, jti, exp }: RegisteredClaims): Principal {
  const credential = { kind: 'jwt', tokenId: jti, expiresAt: exp * 1000 } as const;
  return { userId: sub, username, roles: [...roles], credential };
}

/** The evidence for one request. Requests share the claims, so they are frozen when they are read. */
export class TokenEvidence implements VerifiedToken {
  readonly #claims: JwtClaims;

  constructor(claims: JwtClaims) {
    this.#claims = claims;
  }

  get claims(): JwtClaims {
    return freezeDeep(this.#claims);
  }

  toJSON(): VerifiedToken {
    return { claims: this.claims };
  }
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isNumericDate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_SECOND;
}
