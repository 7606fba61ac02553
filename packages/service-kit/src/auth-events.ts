// What people do with their accounts, in the log: one line at `info` for each sign-in, sign-out and change, with who,
// from where and what came of it (ASVS 16.3.1). A route says what it is with `config: { authEvent: 'sign-in' }`.

import type { FastifyInstance, FastifyRequest, onResponseHookHandler, preHandlerHookHandler } from 'fastify';
import { isEnabled } from './log.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `sign-in`, `sign-out`, `password-change`…: answers of this route are logged as such. */
    authEvent?: string;
  }
}

/** A user's id or the name that somebody gave; undefined for nobody. */
export type NameUser = (request: FastifyRequest, event: string) => string | undefined;

/** To be called before the routes are added. `nameUser` is asked after validation and before the handler, which may end the session. */
export function logAuthEvents(app: FastifyInstance, nameUser: NameUser): void {
  if (!isEnabled(app.log, 'info')) return;
  const users = new WeakMap<FastifyRequest, string>();
  app.addHook('onRoute', (route) => {
    const event = route.config?.authEvent;
    if (event === undefined) return;
    const remember: preHandlerHookHandler = (request, _reply, done) => {
      const user = nameUser(request, event);
      if (user !== undefined) users.set(request, printable(user));
      done();
    };
    route.preHandler = [remember, ...listOf<preHandlerHookHandler>(route.preHandler)];
    route.onResponse = [
      ...listOf<onResponseHookHandler>(route.onResponse),
      (request, reply, done) => {
        const { statusCode: status } = reply;
        request.log.info(
          { event, user: users.get(request), outcome: outcomeOf(status), status, ip: request.ip },
          'auth',
        );
        done();
      },
    ];
  });
}

function outcomeOf(status: number): 'ok' | 'refused' | 'failed' {
  if (status < 400) return 'ok';
  return status < 500 ? 'refused' : 'failed';
}

/** A route's hooks as a list, whether it has none, one or several. */
function listOf<H>(hooks: H | H[] | undefined): H[] {
  return hooks === undefined ? [] : ([hooks].flat() as H[]);
}

const LONGEST_NAME = 64;

/** JSON escapes what is below a space; this also what a terminal obeys beyond it (C1), and what ends lines in Unicode. */
function printable(text: string): string {
  const short = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
  return short.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}
