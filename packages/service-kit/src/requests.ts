// Each request from its first hook to the end of its answer: which ones are open, and how each one ended.
// The metrics and the log read from here.

import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request whose answer has ended. */
interface EndedRequest {
  readonly request: FastifyRequest;
  /** The client's address. Node does not know it any more when the connection is closed. */
  readonly ip: string;
  /** undefined if no part of an answer was sent. */
  readonly status: number | undefined;
  /** From the first hook to the end. */
  readonly ms: number;
  /** The connection closed before the answer was complete: the client hung up, or a stream failed. */
  readonly aborted: boolean;
}

export interface Requests {
  /** The answers that have not ended. */
  readonly open: ReadonlySet<ServerResponse>;
  /** Must be called once for each request, before anything else looks at it. */
  begin(request: FastifyRequest, reply: FastifyReply): void;
  /** Calls `listener` once for each request, when its answer has ended. */
  onEnd(listener: (ended: EndedRequest) => void): void;
}

export function trackRequests(): Requests {
  const open = new Set<ServerResponse>();
  const listeners: ((ended: EndedRequest) => void)[] = [];
  return {
    open,
    onEnd: (listener) => void listeners.push(listener),
    begin(request, { raw }) {
      const began = performance.now();
      const { ip } = request;
      open.add(raw);
      // Fastify's onResponse hook does not run when the client hung up. This event always comes.
      raw.once('close', () => {
        open.delete(raw);
        const status = raw.headersSent ? raw.statusCode : undefined;
        const ended = { request, ip, status, ms: performance.now() - began, aborted: !raw.writableEnded };
        for (const listener of listeners) listener(ended);
      });
    },
  };
}
