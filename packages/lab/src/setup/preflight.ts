// Before anything starts: is this machine large enough? Messages name the limit that was found.

import { createMachineError } from '../common/errors.ts';
import { formatBytes, formatCount } from '../common/format.ts';
import type { ExperimentOptions } from '../contracts/plan.ts';
import { MOST_IN_FLIGHT } from '../load/asker.ts';
import type { Limits } from './limits.ts';
import { CREDENTIAL_SECONDS } from './sides.ts';

/** As seen in runs: resident bytes of a server (up to 130 MiB), and bytes of a user wherever a session is kept. */
const SERVER_BYTES = 130 * 2 ** 20;
const USER_BYTES = 4 * 1024;
/** Files that the lab has open besides its sockets. */
const OWN_FILES = 64;
/** ms of a core for a sign-in at the lowest password cost, as seen: server 1.5, gateway 0.7, generator 0.3. */
const SIGN_IN_MS = 2.5;

/** @throws LabError (3) */
export function checkMachine({ servers, users }: Pick<ExperimentOptions, 'servers' | 'users'>, limits: Limits): void {
  const files = Math.min(users, MOST_IN_FLIGHT) + servers * 4 + OWN_FILES;
  const memory = servers * SERVER_BYTES + users * USER_BYTES;
  const asked = `${formatCount(servers)} servers and ${formatCount(users)} users`;
  if (memory > limits.memoryBytes)
    throw createMachineError(
      `${asked} need about ${formatBytes(memory)} of memory; ${formatBytes(limits.memoryBytes)} are available. ` +
        'Take fewer: --servers, --users.',
    );
  const signInSeconds = (users * SIGN_IN_MS) / 1_000 / limits.cores;
  if (signInSeconds > CREDENTIAL_SECONDS)
    throw createMachineError(
      `${formatCount(users)} users take about ${Math.ceil(signInSeconds / 60)} min to sign in on ${limits.cores} cores. ` +
        `Tokens and idle sessions live ${CREDENTIAL_SECONDS / 60} min here, so the first user would be signed out before the ` +
        `last one is signed in. Take at most ${formatCount((CREDENTIAL_SECONDS * limits.cores * 1_000) / SIGN_IN_MS)}: --users.`,
    );
  if (files > limits.openFiles)
    throw createMachineError(
      `${asked} need ${formatCount(files)} open files; this shell allows ${formatCount(limits.openFiles)}. ` +
        'Take fewer users, or: ulimit -n 65536',
    );
}
