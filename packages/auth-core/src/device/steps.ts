// The steps of a device-bound session (W3C draft "Device Bound Session Credentials"), without HTTP.
//
//   sign-in   readOffer   the challenge for a device that may register
//   once      register    proof with the device's key ─> the binding, and the first device token
//   later     refresh     proof by that key over the challenge ─> the next device token, and the next challenge
//
// A step reads the record that its caller has read, and writes at most once, by the store's replaceDetails: of two
// steps from one record one wins, so a challenge is used once. An update of the session beside it meets no conflict.

import type { ReplacingDetails, SessionRecord, SessionStore } from '../contracts/store.ts';
import { AuthError, type AuthErrorCode } from '../errors.ts';
import {
  type BoundBinding,
  findFreshToken,
  hashDeviceToken,
  isBound,
  mintBindingId,
  mintChallenge,
  mintDeviceToken,
  type OfferedBinding,
  type PresentedTokens,
  readBinding,
  type TokenHash,
  writeBinding,
} from './binding.ts';
import { LEEWAY_MS } from './check.ts';
import { confirmDetails } from './confirm.ts';
import { isSameKey, readDeviceKey } from './keys.ts';
import type { DeviceBoundSettings } from './options.ts';
import { type DeviceProof, isSignedBy, parseProof } from './proof.ts';

/** Nothing was changed, and the code says why. */
export interface StepRefused {
  readonly outcome: 'refused';
  readonly code: AuthErrorCode;
}

/** What `DeviceBinding.register` did. */
export type RegisterOutcome =
  | {
      readonly outcome: 'registered';
      readonly session: SessionRecord;
      readonly bindingId: string;
      /** For the device's cookie, once; the server does not keep it. */
      readonly token: string;
      /** For the next refresh. */
      readonly challenge: string;
    }
  | StepRefused;

/** What `DeviceBinding.refresh` did. */
export type RefreshOutcome =
  | {
      readonly outcome: 'refreshed';
      readonly session: SessionRecord;
      /** For the device's cookie, once; the server does not keep it. */
      readonly token: string;
      /** For the next refresh. */
      readonly challenge: string;
    }
  /** No proof came, or one for another challenge: the device must sign this one. */
  | { readonly outcome: 'challenged'; readonly challenge: string }
  /** The session has no such binding. Its device may forget it. */
  | { readonly outcome: 'ended' }
  /** The session ended, or got another id by a rotate, since it was read. */
  | { readonly outcome: 'gone' }
  | StepRefused;

/** What the device asks for. */
export interface RefreshRequest {
  readonly bindingId: string;
  readonly proof: string | undefined;
  /** What the device holds, if its cookie has not expired: this token works on, beside the new one. */
  readonly deviceToken?: PresentedTokens;
}

/** The steps that bind a session to a device. Those of a strategy are in its `deviceBound`. */
export interface DeviceBinding {
  /** ms that a device token works: the cookie's Max-Age. */
  readonly lifetimeMs: number;
  /** The challenge for the registration header, while the session may register a device. */
  readOffer(session: SessionRecord): string | undefined;
  /**
   * Binds the session to the key in the proof. Refused with ERR_DEVICE_ALREADY_BOUND, ERR_DEVICE_REGISTRATION_CLOSED,
   * ERR_DEVICE_PROOF_INVALID, ERR_SESSION_INVALID (it ended meanwhile), ERR_SESSION_UNREADABLE.
   * @throws what the store's replaceDetails throws. The device gets no token then, so the binding is removed as soon as
   * the store can, if it was written.
   */
  register(session: SessionRecord, proof: string): Promise<RegisterOutcome>;
  /**
   * The next device token. Refused with ERR_DEVICE_PROOF_INVALID, ERR_SESSION_UNREADABLE.
   * @throws what the store's replaceDetails and read throw
   */
  refresh(session: SessionRecord, request: RefreshRequest): Promise<RefreshOutcome>;
}

/** ms that a challenge lives after its token: one that was sent ahead is still good at the next refresh. */
const CHALLENGE_EXTRA_MS = 10 * 60_000;
const ENDED: RefreshOutcome = Object.freeze({ outcome: 'ended' });
const GONE: RefreshOutcome = Object.freeze({ outcome: 'gone' });

/** The binding of a session that may register a device. */
export function offerBinding({ registerWithinMs }: DeviceBoundSettings, now: number): OfferedBinding {
  return { challenge: mintChallenge(), challengeExpiresAt: now + registerWithinMs };
}

export function createDeviceBinding(
  store: SessionStore & ReplacingDetails,
  { lifetimeMs }: DeviceBoundSettings,
): DeviceBinding {
  const renewChallenge = (now: number) => ({
    challenge: mintChallenge(),
    challengeExpiresAt: now + lifetimeMs + CHALLENGE_EXTRA_MS,
  });
  const hashToken = (token: string, now: number): TokenHash => ({
    hash: hashDeviceToken(token),
    expiresAt: now + lifetimeMs + LEEWAY_MS,
  });

  async function register(session: SessionRecord, text: string): Promise<RegisterOutcome> {
    const offered = readBinding(session.details);
    if (isBound(offered)) return refuse('ERR_DEVICE_ALREADY_BOUND');
    const now = store.clock();
    if (!isOpen(offered, now)) return refuse('ERR_DEVICE_REGISTRATION_CLOSED');
    const proof = parseProof(text);
    if (proof?.key === undefined || !isSignedBy(proof, proof.key)) return refuse('ERR_DEVICE_PROOF_INVALID');
    if (proof.challenge !== offered.challenge) return refuse('ERR_DEVICE_PROOF_INVALID');

    const token = mintDeviceToken();
    const current = hashToken(token, now);
    const id = mintBindingId();
    const next = {
      ...offered,
      id,
      key: proof.key.jwk,
      boundAt: now,
      ...renewChallenge(now),
      current,
      previous: current,
      presented: current,
    };
    const details = writeBinding(session.details, next);
    switch (await replaceOrUndo(session, details)) {
      case 'replaced':
        return {
          outcome: 'registered',
          session: { ...session, details },
          bindingId: id,
          token,
          challenge: next.challenge,
        };
      case 'gone':
        return refuse('ERR_SESSION_INVALID');
      case 'conflict':
        return refuse(await explainLostRegistration(session.id));
    }
  }

  /** After a failure whose outcome is unknown the session may be bound, and no device has its token. */
  async function replaceOrUndo({ id, details }: SessionRecord, to: string) {
    try {
      return await store.replaceDetails(id, { from: details, to });
    } catch (error) {
      Promise.resolve()
        .then(() => store.replaceDetails(id, { from: to, to: details }))
        .catch(() => undefined);
      throw error;
    }
  }

  async function explainLostRegistration(id: string): Promise<AuthErrorCode> {
    const session = await store.read(id);
    if (session === undefined) return 'ERR_SESSION_INVALID';
    return isBound(readBinding(session.details)) ? 'ERR_DEVICE_ALREADY_BOUND' : 'ERR_DEVICE_REGISTRATION_CLOSED';
  }

  async function refresh(session: SessionRecord, request: RefreshRequest): Promise<RefreshOutcome> {
    const binding = readBinding(session.details);
    if (!isBound(binding) || binding.id !== request.bindingId) return confirmEnd(session, request.bindingId);
    const now = store.clock();
    const isGood = now < binding.challengeExpiresAt;
    if (request.proof === undefined) return challenge(session, binding, isGood);
    const proof = parseProof(request.proof);
    if (proof === undefined || !isProofOf(proof, binding)) return refuse('ERR_DEVICE_PROOF_INVALID');
    if (proof.challenge !== binding.challenge || !isGood) return challenge(session, binding, isGood);

    const token = mintDeviceToken();
    const { current: previous } = binding;
    const presented = findFreshToken(request.deviceToken, binding, now) ?? previous;
    const next = { ...binding, ...renewChallenge(now), current: hashToken(token, now), previous, presented };
    const details = writeBinding(session.details, next);
    const outcome = await store.replaceDetails(session.id, { from: session.details, to: details });
    if (outcome !== 'replaced') return outcome === 'gone' ? GONE : challengeLoser(session, binding.id);
    return { outcome: 'refreshed', session: { ...session, details }, token, challenge: next.challenge };
  }

  /**
   * A device forgets its binding for good. A store with a cache may have answered what was true before another server
   * bound the session, so the binding has ended only if the details in the store are still those that were read.
   */
  async function confirmEnd(session: SessionRecord, bindingId: string): Promise<RefreshOutcome> {
    const outcome = await confirmDetails(store, session);
    if (outcome === 'replaced') return ENDED;
    return outcome === 'gone' ? GONE : challengeLoser(session, bindingId);
  }

  /** The stored challenge while it is good, and then a new one. */
  async function challenge(session: SessionRecord, binding: BoundBinding, isGood: boolean): Promise<RefreshOutcome> {
    if (isGood) return { outcome: 'challenged', challenge: binding.challenge };
    const next = { ...binding, ...renewChallenge(store.clock()) };
    const change = { from: session.details, to: writeBinding(session.details, next) };
    const outcome = await store.replaceDetails(session.id, change);
    if (outcome === 'replaced') return { outcome: 'challenged', challenge: next.challenge };
    return outcome === 'gone' ? GONE : challengeLoser(session, binding.id);
  }

  /** Another step was first. The challenge that it has stored is the one to sign now. */
  async function challengeLoser({ id }: SessionRecord, bindingId: string): Promise<RefreshOutcome> {
    const session = await store.read(id);
    if (session === undefined) return GONE;
    const binding = readBinding(session.details);
    if (!isBound(binding) || binding.id !== bindingId) return ENDED;
    return { outcome: 'challenged', challenge: binding.challenge };
  }

  return {
    lifetimeMs,
    readOffer(session) {
      const binding = readBinding(session.details);
      return !isBound(binding) && isOpen(binding, store.clock()) ? binding.challenge : undefined;
    },
    register: (session, proof) => register(session, proof).catch(refuseUnreadable),
    refresh: (session, request) => refresh(session, request).catch(refuseUnreadable),
  };
}

function isOpen(offered: OfferedBinding | undefined, now: number): offered is OfferedBinding {
  return offered !== undefined && now < offered.challengeExpiresAt;
}

/**
 * Whether the binding's device signed the proof, for this binding. A key or an id that comes along must be the right
 * one.
 */
function isProofOf(proof: DeviceProof, binding: BoundBinding): boolean {
  const key = readDeviceKey(binding.key);
  if (key === undefined) throw new AuthError('ERR_SESSION_UNREADABLE');
  if (proof.key !== undefined && !isSameKey(proof.key, key)) return false;
  return isSignedBy(proof, key) && (proof.bindingId === undefined || proof.bindingId === binding.id);
}

function refuse(code: AuthErrorCode): StepRefused {
  return { outcome: 'refused', code };
}

/** @throws any other error, because then a system failed */
function refuseUnreadable(error: unknown): StepRefused {
  if (error instanceof AuthError && error.code === 'ERR_SESSION_UNREADABLE') return refuse(error.code);
  throw error;
}
