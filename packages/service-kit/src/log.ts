// Logs: one JSON line per event on stdout, without secrets. An app logs names and ids; tokens, cookies and passwords are
// cut out by name wherever they are logged as a field, and by form wherever they stand in an error's text.

import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import { pino } from 'pino';

export interface LogOptions {
  /** Least severe level that is written: `fatal`, `error`, `warn`, `info`, `debug`, `trace`, or `silent`. */
  readonly level: string;
  readonly instanceId: string;
  /** Where lines go instead of stdout. */
  readonly stream?: { write(line: string): void };
}

/** Fastify's own logger, with our rules. */
export function createLog({ level, instanceId, stream }: LogOptions): FastifyBaseLogger {
  const options = {
    level,
    base: { instance: instanceId },
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    // The URL is left out: its query string may hold anything.
    serializers: {
      req: ({ id, method }: { id: string; method: string }) => ({ id, method }),
      err: (error: unknown) => errorForLog(error),
    },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/**
 * The options of a Fastify app that logs here; the caller sets `app.log`, and gives each request its log (`giveLog`). An app that
 * Fastify makes a logger for listens for the end of every answer, whether or not anybody logs it (4 % of a bare route), and
 * one with a factory of child loggers looks at seven methods of each child: one with `logger: false` does neither.
 */
export function logOptions() {
  return {
    logger: false,
    // One line of our own per request, below.
    logController: new LogController({ disableRequestLogging: true }),
  } satisfies FastifyServerOptions;
}

const SECRETS = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'cookie',
  'set-cookie',
  'authorization',
];
// As a field of the line itself, and one or two levels down: `{ headers: { cookie } }`, `{ req: { headers: { cookie } } }`.
const SECRET_PATHS = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

// Each pattern keeps what stands before the secret.
const SECRET_TEXTS = [
  /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi, // redis://user:password@
  /(\b(?:bearer|basic)\s+)[^\s"',;]+/gi,
  /()\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, // a JWT, wherever
];

function withoutSecrets(text: string): string {
  return SECRET_TEXTS.reduce((rest, pattern) => rest.replace(pattern, '$1[secret]'), text);
}

// A type and not an interface: Fastify wants one that may have further fields.
type LoggedError = { type: string; message: string; stack: string; code?: string; cause?: LoggedError };

// Named fields only: errors carry commands, requests and bodies along.
function errorForLog(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutSecrets(String(error)), stack: '' };
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: name,
    message: withoutSecrets(message),
    ...(code === undefined ? {} : { code: String(code) }),
    stack: withoutSecrets(stack ?? ''),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: errorForLog(cause, depth + 1) }),
  };
}

const MAX_CAUSES = 4;

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What `request.log` and `reply.log` are from here on, at the app's level: a route's own `logLevel` is not followed. */
export function giveLog(log: FastifyBaseLogger, request: FastifyRequest, reply: FastifyReply): void {
  const own = new RequestLog(log, request.id);
  request.log = own;
  reply.log = own;
}

const SEVERITY: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 2,
  info: 3,
  warn: 4,
  error: 5,
  fatal: 6,
  silent: 7,
};

// A child of pino's for every request would cost what 3 % of a bare route cost, and at `warn` hardly any request logs: this one
// becomes a real child at its first line.
class RequestLog implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger;
  readonly #reqId: string;
  #child: FastifyBaseLogger | undefined = undefined;

  constructor(parent: FastifyBaseLogger, reqId: string) {
    this.#parent = parent;
    this.#reqId = reqId;
  }

  get level() {
    return this.#parent.level;
  }

  get silent() {
    return this.#parent.silent;
  }

  child(bindings: Record<string, unknown>, options?: Parameters<FastifyBaseLogger['child']>[1]): FastifyBaseLogger {
    return this.#real().child(bindings, options);
  }

  trace(...line: unknown[]): void {
    this.#write('trace', line);
  }

  debug(...line: unknown[]): void {
    this.#write('debug', line);
  }

  info(...line: unknown[]): void {
    this.#write('info', line);
  }

  warn(...line: unknown[]): void {
    this.#write('warn', line);
  }

  error(...line: unknown[]): void {
    this.#write('error', line);
  }

  fatal(...line: unknown[]): void {
    this.#write('fatal', line);
  }

  #write(level: Level, line: unknown[]): void {
    if (isEnabled(this.#parent, level)) Reflect.apply(this.#real()[level], this.#child, line);
  }

  #real(): FastifyBaseLogger {
    this.#child ??= this.#parent.child({ reqId: this.#reqId });
    return this.#child;
  }
}

export const isEnabled = (log: FastifyBaseLogger, level: Level) => (SEVERITY[level] ?? 0) >= (SEVERITY[log.level] ?? 0);

/** One line per request at `info`, as its answer ends. At `warn` there is no hook. */
export function logRequests(app: FastifyInstance): void {
  if (!isEnabled(app.log, 'info')) return;
  // These fields hold no secret; looking for some in every line would cost ten times the line.
  const log = app.log.child({}, { redact: [] });
  app.addHook('onResponse', (request, reply, done) => {
    const { id: reqId, method, ip } = request;
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    log.info({ reqId, method, route: request.routeOptions.url, status: reply.statusCode, ms, ip }, 'request');
    done();
  });
}
