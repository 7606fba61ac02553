// From a built app to a process: listen, say where, stay, end in good order.
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

interface Service {
  readonly app: FastifyInstance;
  readonly options: RunOptions;
}

/** Builds, listens, and stays. A failure to do so is one clear line for each problem and exit code 1. */
export async function runService(name: string, build: () => Promise<Service>): Promise<void> {
  let service: Service | undefined;
  // Before the build, which may wait for a store: as a container's process 1 we would get no SIGTERM without a handler.
  endOnSignal(() => service);
  outliveRejections(() => service);
  try {
    service = await build();
    const { port, host } = service.options;
    const address = await service.app.listen({ port, host });
    process.stderr.write(`${name} listens on ${address}\n`);
  } catch (error) {
    for (const line of explain(error)) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  }
}

function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  const { code, message, port = 0, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE')
    return [
      `Port ${port} on ${address} is in use by another process. Choose another: PORT=${port < 65_535 ? port + 1 : 3000}`,
    ];
  if (code === 'EACCES') return [`Port ${port} may not be bound by this user. Choose one above 1023: PORT=3000`];
  return [message.replaceAll(/\s*\n\s*/g, ' ')];
}

function endOnSignal(running: () => Service | undefined): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    const service = running();
    // A second signal is somebody's impatience; before the first request there is nothing to wait for.
    if (ending || service === undefined) process.exit(ending ? 1 : 0);
    ending = true;
    service.app.log.info({ signal }, 'shutting down');
    void close(service, signal, 0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** Lets running requests end, and then the process. */
async function close({ app, options }: Service, why: string, exitCode: number): Promise<void> {
  const { shutdownTimeoutMs } = options;
  app.drain();
  setTimeout(() => {
    process.stderr.write(`Requests still ran ${shutdownTimeoutMs} ms after ${why}; ending without them.\n`);
    process.exit(1);
  }, shutdownTimeoutMs).unref();
  try {
    await app.close();
    process.exit(exitCode);
  } catch (error) {
    app.log.error({ err: error }, 'shutting down failed');
    process.exit(1);
  }
}

/**
 * A promise that nobody waits for ends one piece of work, not everybody's requests: it is logged, and the process stays.
 * After an exception that nobody caught, what the process holds may be half done: it is logged, and the process ends as
 * on SIGTERM, with 1.
 */
function outliveRejections(running: () => Service | undefined): void {
  process.on('unhandledRejection', (reason) => {
    const log = running()?.app.log;
    if (log === undefined) throw reason;
    log.error({ err: reason }, 'a rejected promise that nobody waited for');
  });
  process.on('uncaughtException', (error) => {
    const service = running();
    if (service === undefined) {
      for (const line of explain(error)) process.stderr.write(`${line}\n`);
      process.exit(1);
    }
    service.app.log.fatal({ err: error }, 'an exception that nobody caught');
    void close(service, 'an exception', 1);
  });
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;
const QUIET_MS = 2_000;

/** Calls `attempt` until it succeeds. @throws naming `what` and the last reason, when that takes over timeoutMs. */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, timeoutMs: number): Promise<T> {
  const began = performance.now();
  let pause = FIRST_PAUSE_MS;
  let said = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const waited = performance.now() - began;
      if (waited >= timeoutMs)
        throw new Error(`${what} did not answer within ${timeoutMs / 1000} s: ${(error as Error).message}`);
      if (!said && waited > QUIET_MS) process.stderr.write(`Waiting for ${what} …\n`);
      said ||= waited > QUIET_MS;
      await delay(Math.min(pause, timeoutMs - waited));
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
}
