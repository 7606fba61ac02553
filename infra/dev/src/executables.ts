// Where a program is on this machine: on the PATH, or fetched by fetch-program.ts. Debian keeps servers in /usr/sbin,
// which is not on the PATH of ordinary users.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs that this project fetched, a folder for each package. `npm run cleanup` removes it. */
export const FETCHED = fileURLToPath(new URL('../../../node_modules/.cache/statecraft/programs', import.meta.url));

export interface Fetchable {
  /** The commands of the package, each with its file. */
  readonly commands: Readonly<Record<string, string>>;
  /** The argument of a trial run. */
  readonly trial: string;
  /** Variables that name files of the package. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** The packages of Debian and Ubuntu whose programs also run from a folder of the user. */
export const FETCHABLE: Readonly<Record<string, Fetchable>> = {
  'redis-server': {
    commands: { 'redis-server': 'usr/bin/redis-server', 'redis-cli': 'usr/bin/redis-cli' },
    trial: '--version',
    limitMs: 60_000,
  },
  nginx: { commands: { nginx: 'usr/sbin/nginx' }, trial: '-v', limitMs: 60_000 },
  openssl: {
    commands: { openssl: 'usr/bin/openssl' },
    trial: 'version',
    env: { OPENSSL_CONF: 'etc/ssl/openssl.cnf' },
    limitMs: 60_000,
  },
  // On a machine without a desktop: 200 MB. usr/bin/chromium is a script that looks in /usr/lib.
  chromium: {
    commands: { chromium: 'usr/lib/chromium/chromium' },
    trial: '--version',
    env: { FONTCONFIG_FILE: 'fonts.conf' },
    limitMs: 300_000,
  },
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
