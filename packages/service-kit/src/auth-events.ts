// What users do with their accounts, in the log: one line at `info` for each sign-in, sign-out and change, with the
// user, the address and the outcome (ASVS 16.3.1). A route names its event: `config: { authEvent: 'sign-in' }`.

import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler, preHandlerHookHandler } from 'fastify';

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
 */
export function logAuthEvents(app: FastifyInstance, nameUser: NameUser): void {
  const users = new WeakMap<FastifyRequest, string>();
  app.addHook('onRoute', (route) => {
    const event = route.config?.authEvent;
    if (event === undefined) return;
    const logAtEnd: onRequestHookHandler = (request, { raw }, done) => {
      const { ip } = request;
      raw.once('close', () => {
        const status = raw.headersSent ? raw.statusCode : undefined;
        request.log.info({ event, user: users.get(request), outcome: nameOutcome(raw), status, ip }, 'auth');
      });
      done();
    };
    const keepUser: preHandlerHookHandler = (request, _reply, done) => {
      const user = nameUser(request, event);
      if (user !== undefined) users.set(request, escapeName(user));
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

const MAX_NAME_LENGTH = 64;

/** JSON escapes control characters below a space. This also escapes the others that terminals and Unicode know. */
function escapeName(text: string): string {
  const short = text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}…` : text;
  return short.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}
