// Before npm test: the programs that the tests need.

import { provisionKubectl, provisionPrograms } from '@statecraft/infra-dev';

/** The exit code if a program is missing and this machine cannot install it without a question. */
const MISSING = 3;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  await provisionPrograms(say);
  await provisionKubectl(say);
} catch (error) {
  say((error as Error).message);
  process.exitCode = MISSING;
}
