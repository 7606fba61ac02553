// Secrets made by infra/secrets.sh, in a folder of the test.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../infra/secrets.sh', import.meta.url));

/** @throws with the message of the script */
export function makeSecrets(folder: string): void {
  const { status, stderr } = spawnSync('sh', [script, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
