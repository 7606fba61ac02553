// npm start: sets up, builds, and measures what each answer costs on real processes. Arguments go on to the lab:
// npm start -- --full, npm start -- --help.
import { build, run, setUp } from './setup.mjs';

setUp();
build();
process.exitCode = await run('node', ['apps/lab-cli/dist/main.js', 'run', 'impact', ...process.argv.slice(2)]);
