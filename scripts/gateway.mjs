// gateway: sets up, builds, and starts nginx in front of both APIs. --help and --check need no build.
import { build, run, setUp } from './setup.mjs';

const args = process.argv.slice(2);
setUp();
if (!args.some((argument) => ['--help', '-h', '--check'].includes(argument))) build();
process.exitCode = await run('node', ['--conditions=@statecraft/source', 'scripts/gateway.ts', ...args]);
