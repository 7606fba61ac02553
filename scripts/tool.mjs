// Runs scripts/<name>.ts with the pinned Node, after setting up: what package.json's scripts call.
import { run, setUp } from './setup.mjs';

const [name, ...args] = process.argv.slice(2);
setUp();
process.exitCode = await run('node', ['--conditions=@statecraft/source', `scripts/${name}.ts`, ...args]);
