// From a built app to a process: listen, say where, end in good order.
//
//   SIGTERM → /ready answers 503 → no new connections, running requests end → onClose hooks → exit 0

import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { ConfigError } from './config/load.ts';

export interface RunOptions {
  readonly port: number;
  readonly host: string;
  /** ms that running requests have after SIGTERM or SIGINT. */
  readonly shutdownTimeoutMs: number;
}

/** Builds, listens, and stays. A failure to do so is one clear line for each problem and exit code 1. */
export async function runService(
  name: string,
  build: () => Promise<{ app: FastifyInstance; options: RunOptions }>,
): Promise<void> {
  try {
    const { app, options } = await build();
    endOnSignal(app, options.shutdownTimeoutMs);
    const address = await app.listen({ port: options.port, host: options.host });
    process.stderr.write(`${name} listens on ${address}\n`);
  } catch (error) {
    for (const line of explain(error)) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  }
}

function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  const { code, message, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE')
    return [`Port ${port} on ${address} is in use by another process. Choose another: PORT=${(port ?? 0) + 1}`];
  if (code === 'EACCES') return [`Port ${port} may not be bound by this user. Choose one above 1023: PORT=3000`];
  return [message];
}

function endOnSignal(app: FastifyInstance, timeoutMs: number): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(1);
    ending = true;
    app.drain();
    app.log.info({ signal }, 'shutting down');
    const timer = setTimeout(() => {
      process.stderr.write(`Requests still ran ${timeoutMs} ms after ${signal}; ending without them.\n`);
      process.exit(1);
    }, timeoutMs);
    app.close().then(
      () => {
        clearTimeout(timer);
        process.exit(0);
      },
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** Calls `attempt` until it succeeds. @throws naming `what` and the last reason, when that takes over timeoutMs. */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let said = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const left = deadline - performance.now();
      if (left <= 0)
        throw new Error(`${what} did not answer within ${timeoutMs / 1000} s: ${(error as Error).message}`);
      if (!said && timeoutMs - left > 2_000) {
        process.stderr.write(`Waiting for ${what} …\n`);
        said = true;
      }
      await delay(Math.min(200, left));
    }
  }
}
