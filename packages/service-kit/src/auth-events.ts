// What users do with their accounts, in the log: one line for each sign-in, sign-out and change, with the user, the
// address and the outcome (ASVS 16.3.1). A route names its event: `config: { authEvent: 'sign-in' }`.
//
// The level of a line is `info`, and it is written whatever LOG_LEVEL is: production usually logs at `warn`.

import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler, preHandlerHookHandler } from 'fastify';
import { escapeText } from './escape-text.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `sign-in`, `sign-out`, `password-change`…: each request to this route is logged as this event. */
    authEvent?: string;
  }
}

/** @returns the user's id, or the name that the request gives; undefined if there is neither. */
export type NameUser = (request: FastifyRequest, event: string) => string | undefined;

/**
 * Logs the events of the routes that are added after this call.
 * @param nameUser runs after validation and before the handler, because the handler may end the session
 * @param nameTarget the user whose account is changed, if it is another's
 */
export function logAuthEvents(app: FastifyInstance, nameUser: NameUser, nameTarget?: NameUser): void {
  const log = app.log.child({}, { level: 'info' });
  const users = new WeakMap<FastifyRequest, string>();
  const targets = new WeakMap<FastifyRequest, string>();
  app.addHook('onRoute', (route) => {
    const event = route.config?.authEvent;
    if (event === undefined) return;
    const logAtEnd: onRequestHookHandler = (request, { raw }, done) => {
      const { id: reqId } = request;
      const ip = escapeText(request.ip);
      raw.once('close', () => {
        const status = raw.headersSent ? raw.statusCode : undefined;
        const [user, target] = [users.get(request), targets.get(request)];
        log.info({ reqId, event, user, target, outcome: nameOutcome(raw), status, ip }, 'auth');
      });
      done();
    };
    const keepUser: preHandlerHookHandler = (request, _reply, done) => {
      const user = nameUser(request, event);
      if (user !== undefined) users.set(request, escapeText(user));
      const target = nameTarget?.(request, event);
      if (target !== undefined) targets.set(request, escapeText(target));
      done();
    };
    route.onRequest = [logAtEnd, ...toList(route.onRequest)];
    route.preHandler = [keepUser, ...toList(route.preHandler)];
  });
}

/** `aborted`: the client hung up before the answer. Whether the event took effect is unknown. */
function nameOutcome({ statusCode, writableEnded }: ServerResponse): 'ok' | 'refused' | 'failed' | 'aborted' {
  if (!writableEnded) return 'aborted';
  if (statusCode < 400) return 'ok';
  return statusCode < 500 ? 'refused' : 'failed';
}

/** A route has no hook, one, or several. */
function toList<H>(hooks: H | H[] | undefined): H[] {
  return hooks === undefined ? [] : ([hooks].flat() as H[]);
}
