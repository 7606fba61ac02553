// The port for the question "who makes this request?". Sessions and tokens both answer it in this shape.
//
//   credential ──> strategy.authenticate ──> accepted: principal and evidence
//                                       └──> refused: a code

import type { AuthErrorCode } from '../errors.ts';
import type { Principal } from './principal.ts';

/** A value now, or a promise of it (an instance of Promise): a strategy or a store in memory needs no promise. */
export type Awaitable<T> = T | Promise<T>;

/** The credential proves no identity. It is a value, not an exception; the code says why. */
export interface Refused {
  readonly refused: AuthErrorCode;
}

/** The credential is valid. */
export interface Accepted<E> {
  readonly refused?: undefined;
  /** Null for a live anonymous session. */
  readonly principal: Principal | null;
  /** What the strategy found: the session's record, or the verified token. */
  readonly evidence: E;
}

/** The answer of a strategy: accepted, or refused with a code. */
export type Outcome<E> = Accepted<E> | Refused;

/** One way to prove an identity. `C` is the credential that it reads, `E` the evidence that it finds. */
export interface Strategy<C, E> {
  /** @throws only when a system failed, for example ERR_STORE_UNAVAILABLE */
  authenticate(credential: C): Awaitable<Outcome<E>>;
}
