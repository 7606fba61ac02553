// A running gateway: rendered, checked by nginx -t, started, asked for its health; later changed without a lost request.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, spawnBound } from '@statecraft/infra-dev';
import { certificateIn } from './certificate.ts';
import { GatewayError } from './errors.ts';
import { requirePort } from './ports.ts';
import { checkGateway, nginxProgram, renderGateway } from './render.ts';
import type { GatewaySettings } from './settings.ts';

export interface GatewayOptions extends GatewaySettings {
  /** Where configuration, certificate and logs are kept. Default: a folder of its own under the system's temporary one, which stop() removes. */
  readonly folder?: string;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`; the APIs are below /api/stateless and /api/stateful. */
  readonly url: string;
  readonly httpsUrl: string;
  /** Of the master process. */
  readonly pid: number;
  readonly folder: string;
  /** The certificate, PEM: for a client that checks it. */
  readonly certificate: string;
  /** JSON, a line for each request so far. */
  accessLog(): string;
  /** What nginx says of itself; nothing of any request. */
  processLog(): string;
  /** Other servers, or whatever else changed but the ports. Running requests end where they are. @throws GatewayError, and all stays as it was. */
  reload(changes: Omit<Partial<GatewaySettings>, 'address' | 'httpPort' | 'httpsPort'>): Promise<void>;
  /** Ends it when running requests are done (SIGQUIT), at once when they take longer than 5 s. */
  stop(): Promise<void>;
}

const READY_MS = 10_000;
const STOP_MS = 5_000;
const PAUSE_MS = 20;

/** On free ports and with a certificate of its own, unless the options say otherwise. @throws GatewayError */
export async function startNginx(options: GatewayOptions): Promise<Gateway> {
  const { folder: given, ...rest } = options;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'statecraft-gateway-'));
  const remove = () => given === undefined && rmSync(folder, { recursive: true, force: true });
  try {
    const ports = { httpPort: rest.httpPort ?? (await freePort()), httpsPort: rest.httpsPort ?? (await freePort()) };
    const certificate = rest.certificate ?? certificateIn(join(folder, 'tls'));
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
  // SIGTERM: a master that is killed leaves its workers behind.
  const args = ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'];
  const child = spawnBound(nginxProgram(settings.nginx), args, { stdio: ['ignore', 'ignore', 'pipe'] }, 'SIGTERM');
  let words = '';
  child.stderr?.on('data', (chunk) => (words += chunk));
  const host = dialled(address);
  const url = `http://${host}:${settings.httpPort}`;
  await untilHealthy(url, child, () => `${words}\n${processLog()}`);
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
      await changeOver(child, processLog);
    },
    async stop() {
      await end(child);
      remove();
    },
  };
}

/** The address that reaches a server which listens on all. */
const dialled = (address: string): string => ({ '0.0.0.0': '127.0.0.1', '[::]': '[::1]' })[address] ?? address;

async function untilHealthy(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await isHealthy(url))) {
    if (hasEnded(child) || performance.now() > deadline) {
      await end(child);
      throw new GatewayError(1, `nginx did not come up at ${url}. ${whyNot(log())}`);
    }
    await delay(PAUSE_MS);
  }
}

function whyNot(log: string): string {
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

/** SIGHUP, and waits until every worker with the old configuration has stopped taking connections. */
async function changeOver(child: ChildProcess, log: () => string): Promise<void> {
  const before = log().length;
  child.kill('SIGHUP');
  for (const deadline = performance.now() + READY_MS; !hasChangedOver(log(), before); await delay(PAUSE_MS)) {
    if (hasEnded(child) || performance.now() > deadline)
      throw new GatewayError(1, `nginx did not take its new configuration. ${whyNot(log().slice(before))}`);
  }
}

/** Each worker that was started before the change says that it leaves, or is said to have ended. */
function hasChangedOver(log: string, from: number): boolean {
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
