// Where a program is on this machine: on the PATH, or fetched by fetch-program.ts. Debian keeps servers in /usr/sbin, which
// is not on the PATH of ordinary users.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs that this project fetched, a folder for each package. `npm run cleanup` removes it. */
export const FETCHED = fileURLToPath(new URL('../../../node_modules/.cache/statecraft/programs', import.meta.url));

/** What can be fetched without root. `commands`: the programs of the package, and the arguments of a trial run. */
export const FETCHABLE: Readonly<Record<string, { commands: readonly string[]; trial: string }>> = {
  'redis-server': { commands: ['redis-server', 'redis-cli'], trial: '--version' },
  nginx: { commands: ['nginx'], trial: '-v' },
};

const ALSO = [
  ...['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin'],
  ...Object.keys(FETCHABLE).map((name) => join(FETCHED, name, 'bin')),
];

export function findExecutable(name: string, path = process.env.PATH ?? ''): string | undefined {
  return [...path.split(delimiter), ...ALSO]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
