// Before anything starts: can this machine take it? What it lacks is said with the limit that was found.

import { createMachineError } from '../common/errors.ts';
import type { ExperimentOptions } from '../contracts/experiment.ts';
import type { Limits } from './limits.ts';
import { CREDENTIAL_SECONDS } from './sides.ts';

/** Resident memory of a server, bytes, as seen in runs (up to 130 MiB); and of a user wherever a session is kept. */
const SERVER_BYTES = 130 * 2 ** 20;
const USER_BYTES = 4 * 1024;
/** Of the generator, at most: load.ts. */
const MOST_IN_FLIGHT = 2_000;
/** Files that the lab has open besides its sockets. */
const OWN_FILES = 64;

/** ms of a core that a sign-in takes at the lowest password cost, as seen: server 1.5, gateway 0.7, generator 0.3. */
const SIGN_IN_MS = 2.5;

/** @throws LabError (3) */
export function preflight({ servers, users }: Pick<ExperimentOptions, 'servers' | 'users'>, limits: Limits): void {
  const inFlight = Math.min(users, MOST_IN_FLIGHT);
  const files = inFlight + servers * 4 + OWN_FILES;
  // Each request in flight takes a port to the gateway and one from there to a server.
  const ports = inFlight * 2;
  const memory = servers * SERVER_BYTES + users * USER_BYTES;
  const asked = `${servers.toLocaleString('en')} servers and ${users.toLocaleString('en')} users`;
  if (memory > limits.memoryBytes)
    throw createMachineError(
      `${asked} need about ${formatMib(memory)} of memory; ${formatMib(limits.memoryBytes)} are available. ` +
        'Take fewer: --servers, --users.',
    );
  const signInSeconds = (users * SIGN_IN_MS) / 1_000 / limits.cores;
  if (signInSeconds > CREDENTIAL_SECONDS)
    throw createMachineError(
      `${users.toLocaleString('en')} users take about ${Math.ceil(signInSeconds / 60)} min to sign in on ${limits.cores} cores; ` +
        `tokens and idle sessions live ${CREDENTIAL_SECONDS / 60} min here, so the first would be signed out before the last is in. ` +
        `Take at most ${Math.floor((CREDENTIAL_SECONDS * limits.cores * 1_000) / SIGN_IN_MS).toLocaleString('en')}: --users.`,
    );
  if (files > limits.openFiles)
    throw createMachineError(
      `${asked} need ${files.toLocaleString('en')} open files; this shell allows ${limits.openFiles.toLocaleString('en')}. ` +
        'Take fewer users, or: ulimit -n 65536',
    );
  if (ports > limits.ports)
    throw createMachineError(
      `${asked} need ${ports.toLocaleString('en')} client ports; the range ${limits.portRange} has ` +
        `${limits.ports.toLocaleString('en')}. Take fewer users.`,
    );
}

const formatMib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`;
