// npm run bench: sets up, builds, and measures the project beside its peers. Arguments go on to the bench.
import { build, run, setUp } from './setup.mjs';

setUp();
build();
process.exitCode = await run('node', [
  '--conditions=@statecraft/source',
  'bench/src/main.ts',
  ...process.argv.slice(2),
]);
