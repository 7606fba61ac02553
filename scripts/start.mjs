// npm start: sets up, builds, and answers the course's question on real processes. Arguments go on to the lab.
import { build, run, setUp } from './setup.mjs';

setUp();
build();
process.exitCode = await run('node', ['apps/lab-cli/dist/main.js', 'run', 'impact', ...process.argv.slice(2)]);
