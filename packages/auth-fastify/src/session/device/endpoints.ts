// The two endpoints that a browser calls by itself (W3C draft "Device Bound Session Credentials").
//
//   POST register   proof with a new key ──> the session is bound ──> device cookie, instructions, next challenge
//   POST refresh    proof by that key ──> device cookie, next challenge     none, or a stale one ──> 403, challenge
//
// They are outside of the guard and its cross-site check: they exist to get the cookie that the guard demands, and the
// browser sends no Origin with them. A page of another site can use neither: it cannot set their headers, and without
// them nothing is read from the store.
//
// They answer in their onRequest hook, before Fastify reads the body: a body of any type is ignored.

import { randomBytes } from 'node:crypto';
import {
  AuthError,
  type AuthErrorCode,
  type Awaitable,
  type DeviceBinding,
  type SessionRecord,
  type SessionStrategy,
} from '@statecraft/auth-core';
import { deriveSessionId } from '@statecraft/auth-core/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAuthError, GUARD_ERRORS, runOrUnavailable } from '../../errors.ts';
import { UNGUARDED } from '../../guard.ts';
import { readTokens, type SessionCookie } from '../cookie.ts';
import type { NotifyDeviceEvent } from './events.ts';
import { DEVICE_HEADERS, formatChallenge, readStringField } from './headers.ts';
import { createFarewell, createInstructions } from './instructions.ts';
import { computeRelativePath } from './relative-path.ts';

export interface DeviceEndpoints {
  readonly strategy: SessionStrategy;
  readonly binding: DeviceBinding;
  readonly sessionCookie: SessionCookie;
  readonly deviceCookie: SessionCookie;
  /** Paths of the whole app, its prefix included. */
  readonly registerPath: string;
  readonly refreshPath: string;
  readonly notify: NotifyDeviceEvent;
  /** Runs a call of the strategy within the time that the request may wait. Failures have an HTTP status. */
  readonly ask: <T>(request: FastifyRequest, call: () => Awaitable<T>) => Awaitable<T>;
}

/** Begins a challenge that no binding has: its proof says that the browser tried again with its newest cookies. */
const ENDED_PREFIX = 'ended-';
/**
 * ms that a refresh of an unknown session waits for its answer. The session may have got a new token (regenerate) in an
 * answer that is still on its way to the browser. The browser's next attempt comes with the new one.
 */
const ENDED_WAIT_MS = 1_000;
/** Refreshes that wait so at the same time. Anyone can make one, so more are 503, which keeps the browser's binding. */
const MAX_WAITING = 1_000;
/** Characters. The answer has the id in a header, and a proxy refuses long ones. */
const MAX_ID_LENGTH = 128;

type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Adds a POST route that answers before the body is read. */
export function addDeviceEndpoint(app: FastifyInstance, url: string, answer: Answer): void {
  app.route({
    method: 'POST',
    url,
    config: { ...UNGUARDED, auth: false },
    onRequest: async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return reply.send(await answer(request, reply));
    },
    handler: () => undefined,
  });
}

export function createRegister(endpoints: DeviceEndpoints): Answer {
  const { binding, notify } = endpoints;

  return async (request, reply) => {
    const proof = readField(request, DEVICE_HEADERS.proof);
    if (proof === undefined) throw refuse(endpoints, request, 'ERR_DEVICE_PROOF_INVALID');
    const { sessions } = await findSessions(endpoints, request);
    const [session] = sessions;
    // Two live ones: an attacker may have planted one of them.
    if (session === undefined || sessions.length > 1) throw refuse(endpoints, request, 'ERR_SESSION_INVALID');
    // Not within the request's time: a binding that is written after a 503 would lock its user out. Each call of the
    // store has its own deadline, and no page waits for a registration.
    const outcome = await runOrUnavailable(() => binding.register(session, proof));
    if (outcome.outcome === 'refused') throw refuse(endpoints, request, outcome.code, session);
    notify({ kind: 'registered', ...identify(session), request });
    return grant(endpoints, reply, outcome.bindingId, outcome);
  };
}

export function createRefresh(endpoints: DeviceEndpoints): Answer {
  const { binding, ask, notify, deviceCookie } = endpoints;
  const waitForAnswer = createWait();

  return async (request, reply) => {
    const bindingId = readField(request, DEVICE_HEADERS.bindingId, MAX_ID_LENGTH);
    const proof = readField(request, DEVICE_HEADERS.proof);
    const isMalformed = proof === undefined && request.headers[DEVICE_HEADERS.proof] !== undefined;
    if (bindingId === undefined || isMalformed) throw refuse(endpoints, request, 'ERR_DEVICE_PROOF_INVALID');
    const deviceToken = deviceCookie.findTokens(request.raw.headers.cookie ?? '');
    const found = await findSessions(endpoints, request);
    let { mayHaveMoved, hasUnreadable } = found;
    for (const session of found.sessions) {
      const refresh = () => binding.refresh(session, { bindingId, proof, deviceToken });
      const outcome = await Promise.resolve(ask(request, refresh)).catch(keepBinding);
      switch (outcome.outcome) {
        case 'refreshed':
          notify({ kind: 'refreshed', ...identify(session), request });
          return grant(endpoints, reply, bindingId, outcome);
        case 'challenged':
          return challenge(reply, bindingId, outcome.challenge);
        case 'refused':
          if (outcome.code !== 'ERR_SESSION_UNREADABLE') throw refuse(endpoints, request, outcome.code, session);
          hasUnreadable = true;
          break;
        case 'gone':
          mayHaveMoved = true;
      }
    }
    // A newer server may have written it. 503 keeps the browser's binding.
    if (hasUnreadable) throw createAuthError('ERR_STORE_UNAVAILABLE');
    if (!mayHaveMoved || isEndedProof(proof)) return createFarewell(bindingId);
    await waitForAnswer();
    return challenge(reply, bindingId, ENDED_PREFIX + randomBytes(16).toString('base64url'));
  };
}

/** A session that is too large since a limit was lowered. A 4xx would end the binding; the session may get smaller. */
function keepBinding(error: unknown): never {
  const isTooLarge = error instanceof AuthError && error.code === 'ERR_SESSION_DATA_TOO_LARGE';
  throw isTooLarge ? createAuthError('ERR_STORE_FULL') : error;
}

/** @throws ERR_STORE_UNAVAILABLE when too many wait */
function createWait(): () => Promise<void> {
  let waiting = 0;
  return async () => {
    if (waiting >= MAX_WAITING) throw createAuthError('ERR_STORE_UNAVAILABLE');
    waiting++;
    await new Promise((resolve) => setTimeout(resolve, ENDED_WAIT_MS));
    waiting--;
  };
}

interface FoundSessions {
  readonly sessions: readonly SessionRecord[];
  /** A token came whose session is not there: it has ended, or has a newer token. */
  readonly mayHaveMoved: boolean;
  readonly hasUnreadable: boolean;
}

const UNREADABLE = Symbol('unreadable');

/** The live sessions whose tokens came with the request, read without a touch. */
async function findSessions(endpoints: DeviceEndpoints, request: FastifyRequest): Promise<FoundSessions> {
  const { strategy, sessionCookie, ask } = endpoints;
  const tokens = new Set([readTokens(request, sessionCookie) ?? []].flat());
  const ids = [...tokens].map((token) => deriveSessionId(token)).filter((id) => id !== undefined);
  const read = async (id: string) => {
    try {
      return await strategy.read(id);
    } catch (error) {
      if (error instanceof AuthError && error.code === 'ERR_SESSION_UNREADABLE') return UNREADABLE;
      throw error;
    }
  };
  const found = await ask(request, () => Promise.all(ids.map(read)));
  return {
    sessions: found.filter((session) => session !== undefined && session !== UNREADABLE),
    mayHaveMoved: found.includes(undefined),
    hasUnreadable: found.includes(UNREADABLE),
  };
}

function readField({ headers }: FastifyRequest, name: string, maxLength?: number): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : readStringField(value, maxLength);
}

/** The fresh device cookie, and the challenge of the next refresh, which then needs one round trip. */
function grant(
  { deviceCookie, refreshPath }: DeviceEndpoints,
  reply: FastifyReply,
  bindingId: string,
  { token, challenge }: { readonly token: string; readonly challenge: string },
) {
  reply.header('set-cookie', deviceCookie.format(token));
  reply.header(DEVICE_HEADERS.challenge, formatChallenge(challenge, bindingId));
  return createInstructions(bindingId, computeRelativePath(reply.request.url, refreshPath), deviceCookie);
}

/** 403: the browser signs the challenge and tries again immediately. Any other status would end its binding. */
function challenge(reply: FastifyReply, bindingId: string, text: string) {
  const { statusCode, message } = GUARD_ERRORS.ERR_DEVICE_CHALLENGED;
  reply.code(statusCode).header(DEVICE_HEADERS.challenge, formatChallenge(text, bindingId));
  return { statusCode, code: 'ERR_DEVICE_CHALLENGED', error: 'Forbidden', message };
}

function refuse(
  { notify }: DeviceEndpoints,
  request: FastifyRequest,
  reason: AuthErrorCode,
  session?: SessionRecord,
): Error {
  notify({ kind: 'refused', reason, ...(session && identify(session)), request });
  return createAuthError(reason);
}

function identify({ id, subject }: SessionRecord) {
  return { sessionId: id, userId: subject?.userId };
}

/** Any client may send such a proof, signed or not. It ends nothing but its own browser's binding. */
function isEndedProof(proof: string | undefined): boolean {
  try {
    const claims = JSON.parse(Buffer.from(proof?.split('.')[1] ?? '', 'base64url').toString());
    return String(claims?.jti).startsWith(ENDED_PREFIX);
  } catch {
    return false;
  }
}
