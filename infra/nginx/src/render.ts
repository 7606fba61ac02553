// Settings to files, through render.sh, and what nginx says of them.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findExecutable, howToInstall } from '@statecraft/infra-dev';
import { GatewayError, type GatewayExitCode } from './errors.ts';
import { type GatewaySettings, gatewayEnv } from './settings.ts';

// Beside src and beside dist.
const SCRIPT = fileURLToPath(new URL('../render.sh', import.meta.url));

/** @throws GatewayError 3 when there is none. */
export function nginxProgram(given?: string): string {
  const found = given ?? findExecutable('nginx');
  if (found === undefined)
    throw new GatewayError(
      3,
      `The gateway needs nginx, and it is not on the PATH. Install it: ${howToInstall('nginx')}`,
    );
  return found;
}

/** `1.22.1` */
export function nginxVersion(nginx?: string): string {
  const { stderr } = spawnSync(nginxProgram(nginx), ['-v'], { encoding: 'utf8' });
  return /\/([\d.]+)/.exec(stderr)?.[1] ?? 'of an unknown version';
}

/**
 * Writes nginx.conf and what it includes into `folder`, which is made when it is not there.
 * @throws GatewayError 64 with a line for each setting that is not allowed, 3 without nginx.
 */
export function renderGateway(folder: string, settings: GatewaySettings): void {
  const env = { PATH: process.env.PATH ?? '', ...gatewayEnv({ ...settings, nginx: nginxProgram(settings.nginx) }) };
  const { status, stderr, error } = spawnSync('sh', [SCRIPT, folder], { env, encoding: 'utf8' });
  if (status === 0) return;
  const exitCode: GatewayExitCode = status === 3 || status === 64 ? status : 1;
  throw new GatewayError(exitCode, (stderr ?? '').trim() || `render.sh ended with ${status ?? error?.message}.`);
}

/** `nginx -t`. @returns its warnings; none is what there should be. @throws GatewayError 1 with nginx's own words. */
export function checkGateway(folder: string, nginx?: string): string {
  const args = ['-e', 'stderr', '-t', '-q', '-p', folder, '-c', 'nginx.conf'];
  // nginx opens its logs; /dev/stdout cannot be opened where it is one of Node's pipes.
  const { status, stderr } = spawnSync(nginxProgram(nginx), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return stderr.trim();
  throw new GatewayError(1, `nginx -t refuses the configuration in ${folder}:\n${stderr.trim()}`);
}
