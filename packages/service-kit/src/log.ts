// Logs: one JSON line per event on stdout, without secrets.

import { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { pino } from 'pino';
import { escapeText } from './escape-text.ts';
import type { Requests } from './requests.ts';
import { hideSecrets, hideSecretTexts } from './secrets.ts';

export interface LogOptions {
  /** Least severe level that is written: `fatal`, `error`, `warn`, `info`, `debug`, `trace`, or `silent`. */
  readonly level: string;
  readonly instanceId: string;
  /** Where lines are written instead of to stdout. */
  readonly stream?: { write(line: string): void } | undefined;
}

/** @returns the options of a Fastify app that logs by these rules. */
export function createLogOptions(options: LogOptions) {
  return {
    loggerInstance: createLog(options),
    // Fastify writes two lines per request, one of them with the URL. `logRequests` writes one, without it.
    logController: new LogController({ disableRequestLogging: true }),
  };
}

function createLog({ level, instanceId, stream }: LogOptions): FastifyBaseLogger {
  const options = {
    level,
    base: { instance: instanceId },
    formatters: { log: formatFields },
    serializers: {
      // The URL is left out: its query string may contain anything.
      req: ({ id, method }: { id: string; method: string }) => ({ id, method }),
      err: (error: unknown) => describeError(error),
    },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** Serializers choose what is logged of these three. */
type Serialized = Partial<Record<'req' | 'res' | 'err', unknown>>;

function formatFields({ req, res, err, ...fields }: object & Serialized): Record<string, unknown> {
  return { ...hideSecrets(fields), req, res, err };
}

/** Writes one line per request at `info`, when its answer has ended. */
export function logRequests(app: FastifyInstance, requests: Requests): void {
  // These fields contain no secret, so they are not searched for one.
  const log = app.log.child({}, { formatters: { log: (fields) => fields } });
  requests.onEnd(({ request, ip, status, ms, aborted }) => {
    const { id: reqId, method, routeOptions } = request;
    const rounded = Math.round(ms * 10) / 10;
    const { url: route } = routeOptions;
    log.info({ reqId, method, route, status, ms: rounded, ip: escapeText(ip), ...(aborted && { aborted }) }, 'request');
  });
}

// A type and not an interface: Fastify's type of a serializer needs an index signature.
type LoggedError = { type: string; message: string; stack: string; code?: string; cause?: LoggedError };

const MAX_CAUSES = 4;

/** @returns the text of an error and of its causes in one line, without secrets. */
export function describeReason(error: unknown): string {
  const texts: string[] = [];
  for (let next = error; next !== undefined && texts.length <= MAX_CAUSES; next = (next as Partial<Error>)?.cause)
    texts.push(next instanceof Error ? next.message : String(next));
  return hideSecretTexts(texts.join(': '));
}

// Named fields only: an error may carry commands, requests and bodies.
function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: hideSecretTexts(String(error)), stack: '' };
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: name,
    message: hideSecretTexts(message),
    ...(code === undefined ? {} : { code: String(code) }),
    stack: hideSecretTexts(stack ?? ''),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(cause, depth + 1) }),
  };
}
