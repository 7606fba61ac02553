// The end of a request: what the handlers changed is stored, then the answer leaves with the session's headers.
//
//   onSend (last)   changed? ──> store ──> Set-Cookie, Cache-Control ──> Fastify writes the answer
//                                  └─ failed ──> Fastify's error handler: 409, 401, 503
//
// Fastify may send twice: a handler that calls `reply.send` and returns nothing, a guard that forgets `return reply`.
// The first answer wins, as it does without this plugin.

import type { Awaitable } from '@statecraft/auth-core';
import { andThen } from '@statecraft/auth-core/store';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, preHandlerHookHandler } from 'fastify';
import { isSafe } from './cross-site.ts';
import type { RequestSession } from './request-session.ts';

export interface FinishOptions {
  /** The session of a request, if it has one. */
  readonly find: (request: FastifyRequest) => RequestSession | null | undefined;
  /** Whether a change alone may start a session for this request. */
  readonly mayStart: (request: FastifyRequest) => boolean;
  /** Store a session for every request, also one that nothing was written to. */
  readonly saveUninitialized: boolean;
  /** Adds the session's headers to the answer. */
  readonly writeHeaders: (request: FastifyRequest, reply: FastifyReply, session: RequestSession) => void;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: ReturnType<FastifyReply['getHeaders']>;
}

export type Finish = (
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: HookHandlerDoneFunction,
) => Promise<void> | undefined;

/**
 * The onSend hook. It calls `done` when there is nothing to wait for, and answers a promise otherwise: Fastify then
 * handles what it throws while it writes the answer.
 */
export function createFinish({ find, mayStart, saveUninitialized, writeHeaders }: FinishOptions): Finish {
  return (request, reply, payload, done) => {
    const session = find(request);
    // Undefined in a part of the app that was made before this plugin: it has no sessions.
    if (!session) return callBack(done);
    if (session.leaving) return dropSecondAnswer(request, session, payload);
    let work: Awaitable<void>;
    try {
      work = commit(request, reply, session);
    } catch (error) {
      work = Promise.reject(error);
    }
    if (work instanceof Promise) return leaveAfter(work, reply, payload, session);
    writeHeaders(request, reply, session);
    return callBack(done);
  };

  /** A handler that failed (5xx) stores none of its changes; what it stored with `save()` stays. */
  function commit(request: FastifyRequest, reply: FastifyReply, session: RequestSession): Awaitable<void> {
    if (session.refused || reply.statusCode >= 500) return;
    const isStarter = mayStart(request);
    const work = session.commit(isStarter && (saveUninitialized || !isSafe(request.method)));
    if (!saveUninitialized || !isStarter) return work;
    return andThen(work, () => {
      if (session.record === undefined && session.setCookie === undefined) return session.start();
    });
  }

  function leaveAfter(
    work: Promise<void>,
    reply: FastifyReply,
    payload: unknown,
    session: RequestSession,
  ): Promise<void> {
    const first = readAnswer(reply);
    session.leaving = { overtaken: false };

    const leave = () => {
      if (session.leaving?.overtaken) restoreAnswer(reply, first);
      session.leaving = undefined;
      writeHeaders(reply.request, reply, session);
    };
    return work.then(leave, (error) => {
      leave();
      session.refused = true;
      // The error takes the payload's place. A stream would stay open.
      destroyStream(payload);
      throw error;
    });
  }
}

function callBack(done: HookHandlerDoneFunction): undefined {
  done();
}

/**
 * A preHandler hook, last on each route: the handler does not run if a guard has answered and forgot `return reply`.
 * While an answer waits for the store, Fastify does not know of it and would run the handler.
 */
export function createHalt(find: FinishOptions['find']): preHandlerHookHandler {
  return (request, _reply, done) => {
    const session = find(request);
    if (session?.leaving) markOvertaken(request, session.leaving);
    else done();
  };
}

/** Neither `done` nor a promise: the second answer goes no further. */
function dropSecondAnswer(request: FastifyRequest, session: RequestSession, payload: unknown): undefined {
  // Fastify sends undefined by itself after an async handler that returned nothing.
  if (payload === undefined || session.leaving === undefined) return;
  destroyStream(payload);
  markOvertaken(request, session.leaving);
}

/** Warns once for each answer. */
function markOvertaken(request: FastifyRequest, leaving: { overtaken: boolean }): void {
  const { method, url = request.url } = request.routeOptions;
  if (!leaving.overtaken) {
    request.log.warn(`The route ${method} ${url} went on after its answer. Is a "return reply" missing?`);
  }
  leaving.overtaken = true;
}

function readAnswer(reply: FastifyReply): Answer {
  return { statusCode: reply.statusCode, headers: reply.getHeaders() };
}

/** What the second answer set is taken back. */
function restoreAnswer(reply: FastifyReply, { statusCode, headers }: Answer): void {
  reply.code(statusCode);
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
  reply.headers(headers);
}

function destroyStream(payload: unknown): void {
  (payload as { destroy?: () => void } | null | undefined)?.destroy?.();
}
