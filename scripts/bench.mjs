// npm run bench: sets up, builds, and measures the project beside its peers. Arguments go on to the bench.
// npm run bench:cpu, bench:micro and docs:performance: `cpu`, `micro` and `docs`; the last two need no build.
import { build, run, setUp } from './setup.mjs';

const ENTRIES = { cpu: 'bench/src/cpu.ts', micro: 'bench/src/micro.ts', docs: 'bench/src/docs.ts' };
const BUILT = [undefined, ENTRIES.cpu];

const [first, ...rest] = process.argv.slice(2);
const entry = ENTRIES[first];
setUp();
if (BUILT.includes(entry) && !process.argv.includes('--help')) build();
const args = entry === undefined ? ['bench/src/main.ts', ...process.argv.slice(2)] : [entry, ...rest];
process.exitCode = await run('node', ['--conditions=@statecraft/source', ...args]);
