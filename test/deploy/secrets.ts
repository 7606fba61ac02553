// Secrets made by infra/secrets.sh, in a folder of the test.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateJwtKeys } from '../../packages/auth-core/src/index.ts';

const script = fileURLToPath(new URL('../../infra/secrets.sh', import.meta.url));

/** @throws with the message of the script */
export function makeSecrets(folder: string): void {
  const { status, stderr } = spawnSync('sh', [script, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  writeFileSync(join(folder, 'jwt_keys'), generateJwtKeys());
}
