// A client of a server that a learner wrote: it sends requests over HTTP and remembers what it did, for the failure's
// text.

import type { FastifyInstance } from 'fastify';
import { expectThat, type Failure } from './exercise.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly setCookie: string | undefined;
  /** The request, in words. */
  readonly did: string;
}

export interface Server extends AsyncDisposable {
  send(method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown }): Promise<Answer>;
}

/** Starts an app on a free port of this machine. @throws ExerciseFailure if it is not an app */
export async function listen(app: FastifyInstance | undefined): Promise<Server> {
  expectThat(typeof app?.listen === 'function', {
    did: 'buildServer(options)',
    saw: `it answered ${app}`,
    expected: 'the Fastify app, as in the starter',
    why: 'The check starts the app, and sends requests to it.',
    read: 'exercises/README.md',
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    async send(method, path, { headers = {}, body } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const [setCookie] = response.headers.getSetCookie();
      return { status: response.status, text: await response.text(), setCookie, did: `${method} ${path}` };
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** @throws ExerciseFailure unless the answer has this status */
export function expectStatus(
  answer: Answer,
  status: number,
  failure: Omit<Failure, 'did' | 'saw'> & { did?: string },
): void {
  expectThat(answer.status === status, {
    ...failure,
    did: failure.did ?? answer.did,
    saw: `${answer.status} ${answer.text}`,
  });
}
