// The device-bound sessions of a client (w3c/webappsec-dbsc, 6): registers a key when the server offers it, and gets a
// fresh bound cookie before a request that lacks one.
//
//   answer ── Secure-Session-Registration ──> new key, POST proof ──> instructions + bound cookie
//   request in scope, cookie missing ──> POST refresh ── 403 + challenge ──> POST refresh with proof ──> bound cookie

import type { Cookie } from 'tough-cookie';
import {
  formatSkipped,
  formatString,
  type Offer,
  readChallenges,
  readOffers,
  type SkipReason,
} from './device-headers.ts';
import { type Instructions, isCookieMissing, isInScope, readInstructions } from './device-instructions.ts';
import { createDeviceKey, type DeviceAlgorithm, type DeviceKey, type ProofClaims } from './device-key.ts';
import { isSameSite, isTrustworthy } from './device-site.ts';
import { ClientError } from './errors.ts';
import type { ReceivedAnswer } from './exchange.ts';

/** What the sessions need of their client. */
export interface DeviceHost {
  /** POSTs without a body, with the cookies of the jar, and keeps the cookies of the answer. @throws ClientError */
  post(url: string, headers: Record<string, string>): Promise<ReceivedAnswer>;
  /** The cookies that a request for this URL gets. */
  readCookies(url: string): readonly Cookie[];
}

/** The bindings of one client. */
export interface DeviceSessions {
  /** The identifiers of the sessions that are bound. */
  readIds(): readonly string[];
  /** Refreshes what a request for this URL lacks. Answers the value of `Secure-Session-Skipped` if a refresh failed. */
  prepareRequest(url: string): Promise<string | undefined>;
  /** Keeps the challenges of an answer, and registers a key if the answer offers it. */
  keepAnswer(answer: ReceivedAnswer, url: string): Promise<void>;
}

interface BoundSession {
  readonly key: DeviceKey;
  instructions: Instructions;
  /** For the next proof; undefined until the server sends one. */
  challenge: string | undefined;
  /** Runs at the moment; requests beside it wait for the same one. */
  refreshing: Promise<SkipReason | undefined> | undefined;
}

/** Proofs in one refresh. Chromium ends a binding whose server asks for a fifth. */
const MAX_PROOFS = 4;

export function createDeviceSessions(algorithm: DeviceAlgorithm, host: DeviceHost): DeviceSessions {
  const sessions = new Map<string, BoundSession>();

  async function register({ challenge, authorization }: Offer, endpoint: URL): Promise<void> {
    const key = await createDeviceKey(algorithm);
    const claims = createClaims(challenge, endpoint.href, authorization === undefined ? {} : { authorization });
    const proof = await key.signProof(claims, { withKey: true });
    const answer = await tryPost(endpoint.href, { 'secure-session-response': formatString(proof) });
    if (answer === undefined || !isSuccess(answer)) return;
    const instructions = readInstructions(answer.body, endpoint.href);
    if (instructions === undefined) return;
    sessions.set(instructions.id, { key, instructions, challenge: undefined, refreshing: undefined });
    keepChallenges(answer);
  }

  function keepChallenges({ headers }: ReceivedAnswer): void {
    for (const { id, challenge } of readChallenges(headers)) {
      const session = sessions.get(id);
      if (session !== undefined) session.challenge = challenge;
    }
  }

  /** Requests beside one another share a refresh, or the second would sign a challenge that the first has used. */
  function refresh(session: BoundSession): Promise<SkipReason | undefined> {
    session.refreshing ??= runRefresh(session).finally(() => {
      session.refreshing = undefined;
    });
    return session.refreshing;
  }

  async function runRefresh(session: BoundSession): Promise<SkipReason | undefined> {
    let proofs = 0;
    for (;;) {
      if (session.challenge !== undefined) proofs += 1;
      if (proofs > MAX_PROOFS) return drop(session);
      const answer = await postRefresh(session);
      if (answer === undefined || answer.status === 407) return 'unreachable';
      keepChallenges(answer);
      if (answer.status !== 403) return finishRefresh(session, answer);
      const hasChallenge = readChallenges(answer.headers).some(({ id }) => id === session.instructions.id);
      if (!hasChallenge) return drop(session);
    }
  }

  async function postRefresh({ key, instructions, challenge }: BoundSession): Promise<ReceivedAnswer | undefined> {
    const { id, refreshUrl } = instructions;
    const headers: Record<string, string> = { 'sec-secure-session-id': formatString(id) };
    if (challenge !== undefined) {
      const proof = await key.signProof(createClaims(challenge, refreshUrl, { sub: id }));
      headers['secure-session-response'] = formatString(proof);
    }
    return tryPost(refreshUrl, headers);
  }

  function finishRefresh(session: BoundSession, answer: ReceivedAnswer): SkipReason | undefined {
    const { status, body } = answer;
    if (status === 429 || status >= 500 || (status >= 300 && status < 400)) return 'server_error';
    if (!isSuccess(answer)) return drop(session);
    if (body === undefined) return undefined;
    const { id, refreshUrl } = session.instructions;
    const instructions = readInstructions(body, refreshUrl);
    if (instructions?.id !== id) return drop(session);
    session.instructions = instructions;
    // With new instructions, only a challenge that came with them is left, as in Chromium.
    session.challenge = readChallenges(answer.headers).findLast((sent) => sent.id === id)?.challenge;
    return undefined;
  }

  function drop(session: BoundSession): undefined {
    const { id } = session.instructions;
    if (sessions.get(id) === session) sessions.delete(id);
  }

  async function tryPost(url: string, headers: Record<string, string>): Promise<ReceivedAnswer | undefined> {
    try {
      return await host.post(url, headers);
    } catch (error) {
      if (error instanceof ClientError) return undefined;
      throw error;
    }
  }

  return {
    readIds: () => [...sessions.keys()],

    async prepareRequest(url) {
      const skipped: { id: string; reason: SkipReason }[] = [];
      for (const session of [...sessions.values()]) {
        const { instructions } = session;
        if (!isInScope(instructions, new URL(url))) continue;
        if (!isCookieMissing(instructions, url, host.readCookies(url))) continue;
        const reason = await refresh(session);
        if (reason !== undefined) skipped.push({ id: instructions.id, reason });
      }
      return skipped.length === 0 ? undefined : formatSkipped(skipped);
    },

    async keepAnswer(answer, url) {
      keepChallenges(answer);
      for (const offer of readOffers(answer.headers)) {
        const endpoint = resolveEndpoint(offer.path, url);
        if (endpoint !== undefined && offer.algorithms.includes(algorithm)) await register(offer, endpoint);
      }
    },
  };
}

/** Answers the registration endpoint if a key may be registered there: the same site, over TLS or on this machine. */
function resolveEndpoint(path: string, url: string): URL | undefined {
  const endpoint = URL.canParse(path, url) ? new URL(path, url) : undefined;
  if (endpoint === undefined || !isTrustworthy(endpoint) || !isSameSite(endpoint, new URL(url))) return undefined;
  return endpoint;
}

function createClaims(jti: string, aud: string, others: Readonly<Record<string, string>>): ProofClaims {
  return { jti, aud, iat: Math.floor(Date.now() / 1000), ...others };
}

function isSuccess({ status }: ReceivedAnswer): boolean {
  return status >= 200 && status < 300;
}
