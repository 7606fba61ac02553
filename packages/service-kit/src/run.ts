// From a built app to a process: it listens, prints its address, and shuts down gracefully.
//
//   SIGTERM → /ready answers 503 → no new connections, running requests end → onClose hooks → exit 0

import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { ConfigError } from './config/load.ts';
import { writeNotice } from './notice.ts';

export interface RunOptions {
  readonly port: number;
  readonly host: string;
  /** How long running requests may take after SIGTERM or SIGINT, ms. */
  readonly shutdownTimeoutMs: number;
}

interface Service {
  readonly app: FastifyInstance;
  readonly options: RunOptions;
}

/**
 * Builds the app and listens. If that fails, the process prints one line for each problem and exits with 1.
 * @param build may take long: a signal that arrives meanwhile ends the process with 0
 */
export async function runService(name: string, build: () => Promise<Service>): Promise<void> {
  let service: Service | undefined;
  // Before the build, which may wait for a store: process 1 of a container gets no SIGTERM without a handler.
  handleSignals(() => service);
  handleUncaught(() => service);
  try {
    service = await build();
    const { port, host } = service.options;
    const address = await service.app.listen({ port, host });
    // For 0.0.0.0 Fastify names an address to connect to; a log must name the one that the process listens on.
    writeNotice(`${name} listens on ${process.env.NODE_ENV === 'production' ? formatAddress(service.app) : address}`);
  } catch (error) {
    for (const line of describeProblems(error)) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  }
}

function formatAddress({ server }: FastifyInstance): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function describeProblems(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  const { code, message, port = 0, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    const free = port < 65_535 ? port + 1 : 3000;
    return [`Port ${port} on ${address} is in use by another process. Choose another: PORT=${free}`];
  }
  if (code === 'EACCES') return [`This user may not listen on port ${port}. Choose one above 1023: PORT=3000`];
  return [message.replaceAll(/\s*\n\s*/g, ' ')];
}

function handleSignals(getService: () => Service | undefined): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    const service = getService();
    // The second signal ends the process immediately. Before the app is built, there are no requests to wait for.
    if (ending || service === undefined) process.exit(ending ? 1 : 0);
    ending = true;
    service.app.log.info({ signal }, 'shutting down');
    void shutDown(service, signal, 0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** Waits for the running requests, then ends the process. */
async function shutDown({ app, options }: Service, why: string, exitCode: number): Promise<void> {
  const { shutdownTimeoutMs } = options;
  app.drain();
  setTimeout(() => {
    writeNotice(`Requests were still running ${shutdownTimeoutMs} ms after ${why}; exiting without them.`, 40);
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
 * An unhandled rejection concerns one piece of work: it is logged, and the process goes on. After an uncaught exception
 * the state of the process is unknown: it is logged, and the process shuts down as on SIGTERM, with exit code 1.
 */
function handleUncaught(getService: () => Service | undefined): void {
  process.on('unhandledRejection', (reason) => {
    const log = getService()?.app.log;
    if (log === undefined) throw reason;
    log.error({ err: reason }, 'unhandled rejection');
  });
  process.on('uncaughtException', (error) => {
    const service = getService();
    if (service === undefined) {
      for (const line of describeProblems(error)) process.stderr.write(`${line}\n`);
      process.exit(1);
    }
    service.app.log.fatal({ err: error }, 'uncaught exception');
    void shutDown(service, 'an exception', 1);
  });
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;
/** After this time, a line on stderr says what the process waits for. */
const QUIET_MS = 2_000;

/**
 * Calls `attempt` until it succeeds.
 * @param what its name in messages: `Redis at 127.0.0.1:6379`
 * @throws Error with the last attempt's reason if no attempt has succeeded within `timeoutMs`
 */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, timeoutMs: number): Promise<T> {
  const began = performance.now();
  let pause = FIRST_PAUSE_MS;
  let announced = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const waited = performance.now() - began;
      if (waited >= timeoutMs)
        throw new Error(`${what} did not answer within ${timeoutMs / 1000} s: ${(error as Error).message}`);
      if (!announced && waited > QUIET_MS) writeNotice(`Waiting for ${what} …`, 40);
      announced ||= waited > QUIET_MS;
      await delay(Math.min(pause, timeoutMs - waited));
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
}
