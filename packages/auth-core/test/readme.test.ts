// The example of README.md runs, and prints what its comments say.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];

it('the example of the README runs and prints what it says', () => {
  const options = ['--conditions=@statecraft/source', '--input-type=module-typescript', '-e', example];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, options, { cwd, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe("ada { cart: [ 'tea' ] }\n");
});
