// npm run lab, pnpm lab: sets up, builds, and hands everything on to the lab.
import { build, run, setUp } from './setup.mjs';

setUp();
build();
process.exitCode = await run('node', ['apps/lab-cli/dist/main.js', ...process.argv.slice(2)]);
