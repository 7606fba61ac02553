// npm test: sets up, sees to the servers that the tests need, builds, and runs every test. Arguments go on to vitest.
import { provision } from './provision.mjs';
import { provisionKubectl } from './provision-kubectl.mjs';
import { build, run, setUp } from './setup.mjs';

setUp();
provision();
await provisionKubectl();
build();
process.exitCode = await run('vitest', ['--config', 'vitest.workspace.ts', 'run', ...process.argv.slice(2)]);
