// A running gateway: render the configuration, check it with nginx -t, start nginx, wait until it is healthy. A reload
// loses no request.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, spawnBound } from '@statecraft/infra-dev';
import { ensureCertificate } from './certificate.ts';
import { GatewayError } from './errors.ts';
import { requirePort } from './ports.ts';
import { checkGateway, findNginx, renderGateway } from './render.ts';
import type { GatewaySettings } from './settings.ts';

export interface GatewayOptions extends GatewaySettings {
  /** For configuration, certificate and logs. Default: a temporary folder, which stop() removes. */
  readonly folder?: string;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`; the APIs are below /api/stateless and /api/stateful. */
  readonly url: string;
  readonly httpsUrl: string;
  /** The master process. */
  readonly pid: number;
  readonly folder: string;
  /** PEM, for a client that checks the certificate. */
  readonly certificate: string;
  /** One line of JSON for each request so far. */
  accessLog(): string;
  /** The log of nginx itself, without requests. */
  processLog(): string;
  /**
   * Changes servers and other settings, but not the ports. Running requests end where they began.
   * @throws GatewayError; the old settings then stay in force.
   */
  reload(changes: Omit<Partial<GatewaySettings>, 'address' | 'httpPort' | 'httpsPort'>): Promise<void>;
  /** Ends it when running requests are done (SIGQUIT), or after 5 s. */
  stop(): Promise<void>;
}

const READY_MS = 10_000;
const STOP_MS = 5_000;
const PAUSE_MS = 20;

/** Uses free ports and makes a certificate, unless the options give them. @throws GatewayError */
export async function startNginx(options: GatewayOptions): Promise<Gateway> {
  const { folder: given, ...rest } = options;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'statecraft-gateway-'));
  const remove = () => given === undefined && rmSync(folder, { recursive: true, force: true });
  try {
    const ports = { httpPort: rest.httpPort ?? (await freePort()), httpsPort: rest.httpsPort ?? (await freePort()) };
    const certificate = rest.certificate ?? ensureCertificate(join(folder, 'tls'));
    return await launch(folder, { ...rest, ...ports, certificate }, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

type Settled = GatewaySettings & Required<Pick<GatewaySettings, 'httpPort' | 'httpsPort' | 'certificate'>>;

async function launch(folder: string, first: Settled, remove: () => void): Promise<Gateway> {
  let settings = first;
  renderGateway(folder, settings);
  checkGateway(folder, settings.nginx);
  const address = settings.address ?? '127.0.0.1';
  for (const port of [settings.httpPort, settings.httpsPort]) await requirePort(port, address);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const processLog = () => read('logs/nginx.log');
  // Not SIGKILL: the workers of a killed master go on.
  const args = ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'];
  const child = spawnBound(findNginx(settings.nginx), args, { stdio: ['ignore', 'ignore', 'pipe'] }, 'SIGTERM');
  let output = '';
  child.stderr?.on('data', (chunk) => (output += chunk));
  const host = replaceWildcard(address);
  const url = `http://${host}:${settings.httpPort}`;
  await waitForHealth(url, child, () => `${output}\n${processLog()}`);
  return {
    url,
    httpsUrl: `https://${host}:${settings.httpsPort}`,
    pid: child.pid ?? 0,
    folder,
    certificate: readFileSync(settings.certificate.certificate, 'utf8'),
    accessLog: () => (settings.accessLog === 'off' ? '' : read(settings.accessLog ?? 'logs/access.log')),
    processLog,
    async reload(changes) {
      const next = { ...settings, ...changes };
      const old = settings;
      try {
        renderGateway(folder, next);
        checkGateway(folder, next.nginx);
      } catch (error) {
        renderGateway(folder, old);
        throw error;
      }
      settings = next;
      await reloadWorkers(child, processLog);
    },
    async stop() {
      await end(child);
      remove();
    },
  };
}

/** A client cannot connect to the address that means all interfaces. */
const replaceWildcard = (address: string): string => ({ '0.0.0.0': '127.0.0.1', '[::]': '[::1]' })[address] ?? address;

async function waitForHealth(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await isHealthy(url))) {
    if (hasEnded(child) || performance.now() > deadline) {
      await end(child);
      throw new GatewayError(1, `nginx did not come up at ${url}. ${explainFailure(log())}`);
    }
    await delay(PAUSE_MS);
  }
}

function explainFailure(log: string): string {
  const emergencies = log.split('\n').filter((line) => /\[(emerg|alert)\]/.test(line));
  return `It says:\n${(emergencies.length > 0 ? emergencies : log.trim().split('\n')).slice(-3).join('\n')}`;
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${url}/health`, { agent: false, timeout: 1_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    })
      .once('timeout', function (this: { destroy(): void }) {
        this.destroy();
      })
      .once('error', () => resolve(false));
  });
}

/** Sends SIGHUP and waits until no worker with the old configuration takes connections. */
async function reloadWorkers(child: ChildProcess, log: () => string): Promise<void> {
  const before = log().length;
  child.kill('SIGHUP');
  for (const deadline = performance.now() + READY_MS; !haveWorkersChanged(log(), before); await delay(PAUSE_MS)) {
    if (hasEnded(child) || performance.now() > deadline)
      throw new GatewayError(1, `nginx did not take its new configuration. ${explainFailure(log().slice(before))}`);
  }
}

/** The log says of each worker that was started before the change that it is shutting down or has exited. */
function haveWorkersChanged(log: string, from: number): boolean {
  const change = log.indexOf('reconfiguring', from);
  if (change < 0) return false;
  const started = [...log.slice(0, change).matchAll(/start worker process (\d+)/g)].map(([, pid]) => pid);
  return started.every((pid) => new RegExp(`${pid}#\\d+: gracefully shutting|process ${pid} exited`).test(log));
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGQUIT');
  const hurry = setTimeout(() => child.kill('SIGTERM'), STOP_MS);
  await gone;
  clearTimeout(hurry);
}
