// Every script of package.json starts here: node scripts/run.mjs <command> [arguments]
//
//   package.json ──> install the packages if needed ──> the steps of the command, until one fails ──> its exit code
//
// The last step gets the arguments. This file runs on the Node of the machine; the steps run on the pinned one.

import { nameInspector } from './inspector.mjs';
import { build, markAsSetUp, run, setUp } from './setup.mjs';

const runTool =
  (name, ...fixed) =>
  (args) =>
    run(name, [...fixed, ...args]);
const runSource = (file, ...fixed) => runTool('node', '--conditions=@statecraft/source', file, ...fixed);

const buildAll = () => build();
const buildLab = () => build('lab-cli', 'stateless-api', 'stateful-api');

/** bench, and the two that measure something else: bench sqlite, bench passwords. */
function runBench(args) {
  const { [args[0]]: other } = { sqlite: 'bench/src/sqlite/main.ts', passwords: 'bench/src/passwords.ts' };
  return other === undefined ? runSource('bench/src/main.ts')(args) : runSource(other)(args.slice(1));
}

const runTests = (args) => runTool('vitest', '--config', 'vitest.workspace.ts', 'run')(nameInspector(args));

const COMMANDS = {
  setup: [],
  build: [runTool('turbo', 'run', 'build')],
  check: [
    runTool('biome', 'check', '.'),
    runTool('turbo', 'run', 'typecheck', '--output-logs=errors-only'),
    runTool('tsc', '-p', '.'),
    runTool('knip', '--no-config-hints'),
    runSource('scripts/check-words.ts'),
  ],
  format: [runTool('biome', 'check', '--write', '.')],
  test: [runSource('scripts/provision.ts'), buildAll, runTests],
  lab: [buildLab, runTool('node', 'apps/lab-cli/dist/main.js')],
  bench: [runBench],
  serve: [runSource('scripts/serve.ts')],
  walk: [runSource('scripts/walk.ts')],
  gateway: [runSource('infra/nginx/src/gateway-command.ts')],
  'gateway-certificate': [runSource('infra/nginx/src/certificate-command.ts')],
  accounts: [runSource('scripts/accounts.ts', 'accounts')],
  db: [runSource('scripts/accounts.ts', 'db')],
  'jwt-keys': [runSource('apps/stateless-api/src/jwt-keys.ts')],
  learn: [runSource('apps/learn/src/main.ts')],
  docs: [runSource('scripts/docs.ts')],
  release: [buildAll, runSource('infra/publish/src/release-command.ts')],
  cleanup: [runSource('scripts/cleanup.ts')],
  doctor: [runSource('scripts/doctor.ts')],
};

/** Runs after all steps have succeeded, unless arguments have limited them: the course's checklist has "the tests pass". */
const AFTER_ALL = { test: runSource('apps/learn/src/record-tests.ts') };

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.\n`);
  process.exit(64);
}
// pnpm, too, runs this hook of package.json when it has installed the packages: then there is nothing left to do.
if (name === 'setup' && process.env.npm_config_user_agent?.startsWith('pnpm/')) markAsSetUp();
else setUp();
const steps = COMMANDS[name];
for (const step of steps) {
  const code = await step(step === steps.at(-1) ? args : []);
  process.exitCode ||= code;
  // The steps of a check are independent: one run shows all problems.
  if (code !== 0 && name !== 'check') break;
}
if (!process.exitCode && args.length === 0) process.exitCode = (await AFTER_ALL[name]?.([])) ?? process.exitCode;
