// Before anything starts: is this machine large enough? Messages name the limit that was found.

import { spawnSync } from 'node:child_process';
import { createMachineError } from '../common/errors.ts';
import { formatBytes, formatCount } from '../common/format.ts';
import type { ExperimentOptions } from '../contracts/plan.ts';
import { MOST_IN_FLIGHT } from '../load/asker.ts';

/** As seen in runs: resident bytes of a server (up to 130 MiB), and bytes of a user wherever a session is kept. */
const SERVER_BYTES = 130 * 2 ** 20;
const USER_BYTES = 4 * 1024;
/** Files that the lab has open besides its sockets. */
const OWN_FILES = 64;

/** Open files of a process (Infinity when unlimited), and bytes of memory that are available. */
export function readLimits() {
  const files = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim();
  const openFiles = files === 'unlimited' || !files ? Number.POSITIVE_INFINITY : Number(files);
  return { openFiles, memoryBytes: process.availableMemory() };
}

/** @throws LabError (3) */
export function checkMachine(
  { servers, users }: Pick<ExperimentOptions, 'servers' | 'users'>,
  { openFiles, memoryBytes } = readLimits(),
): void {
  const files = Math.min(users, MOST_IN_FLIGHT) + servers * 4 + OWN_FILES;
  const memory = servers * SERVER_BYTES + users * USER_BYTES;
  const asked = `${formatCount(servers)} servers and ${formatCount(users)} users`;
  if (memory > memoryBytes)
    throw createMachineError(
      `${asked} need about ${formatBytes(memory)} of memory; ${formatBytes(memoryBytes)} are available. ` +
        'Take fewer: --servers, --users.',
    );
  if (files > openFiles)
    throw createMachineError(
      `${asked} need ${formatCount(files)} open files; this shell allows ${formatCount(openFiles)}. ` +
        'Take fewer users, or: ulimit -n 65536',
    );
}
