// Where a program is on this machine. Debian keeps servers in /usr/sbin, which is not on the PATH of ordinary users.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin'];

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
