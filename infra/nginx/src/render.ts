// Writes the configuration from the settings with render.sh, and checks it with nginx -t.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findExecutable, howToInstall } from '@statecraft/infra-dev';
import { GatewayError, type GatewayExitCode } from './errors.ts';
import { formatEnvironment, type GatewaySettings } from './settings.ts';

// Beside src and beside dist.
const SCRIPT = fileURLToPath(new URL('../render.sh', import.meta.url));

/** @throws GatewayError 3 if there is no nginx. */
export function findNginx(given?: string): string {
  const found = given ?? findExecutable('nginx');
  if (found === undefined)
    throw new GatewayError(
      3,
      `The gateway needs nginx, and it is not on the PATH. Install it: ${howToInstall('nginx')}`,
    );
  return found;
}

/** `1.22.1` */
export function readNginxVersion(nginx?: string): string {
  const { stderr } = spawnSync(findNginx(nginx), ['-v'], { encoding: 'utf8' });
  return /\/([\d.]+)/.exec(stderr)?.[1] ?? '(unknown version)';
}

/**
 * Writes nginx.conf and the files that it includes into `folder`, and makes the folder if it is missing.
 * @throws GatewayError 64 with a line for each invalid setting, 3 without nginx.
 */
export function renderGateway(folder: string, settings: GatewaySettings): void {
  const env = { PATH: process.env.PATH ?? '', ...formatEnvironment({ ...settings, nginx: findNginx(settings.nginx) }) };
  const { status, stderr, error } = spawnSync('sh', [SCRIPT, folder], { env, encoding: 'utf8' });
  if (status === 0) return;
  const exitCode: GatewayExitCode = status === 3 || status === 64 ? status : 1;
  throw new GatewayError(exitCode, (stderr ?? '').trim() || `render.sh ended with ${status ?? error?.message}.`);
}

/** Runs `nginx -t`. @returns its warnings; normally none. @throws GatewayError 1 with the errors of nginx. */
export function checkGateway(folder: string, nginx?: string): string {
  const args = ['-e', 'stderr', '-t', '-q', '-p', folder, '-c', 'nginx.conf'];
  // nginx opens its log /dev/stdout, which fails if that is a pipe of Node's.
  const { status, stderr } = spawnSync(findNginx(nginx), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return stderr.trim();
  throw new GatewayError(1, `nginx -t found errors in the configuration in ${folder}:\n${stderr.trim()}`);
}
