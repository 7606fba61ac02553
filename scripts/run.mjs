// Every script of package.json starts here: node scripts/run.mjs <command> [arguments]
//
//   package.json ──> install the packages if needed ──> the steps of the command, until one fails ──> its exit code
//
// The last step gets the arguments. This file runs on the Node of the machine; the steps run on the pinned one.

import { build, markAsSetUp, run, setUp } from './setup.mjs';

const tool =
  (name, ...fixed) =>
  (args) =>
    run(name, [...fixed, ...args]);
const source = (file) => tool('node', '--conditions=@statecraft/source', file);

const COMMANDS = {
  setup: [],
  build: [tool('turbo', 'run', 'build')],
  check: [
    tool('biome', 'check', '.'),
    tool('turbo', 'run', 'typecheck'),
    tool('tsc', '-p', '.'),
    tool('knip', '--no-config-hints'),
    source('scripts/check-words.ts'),
  ],
  format: [tool('biome', 'check', '--write', '.')],
  test: [source('scripts/provision.ts'), build, tool('vitest', '--config', 'vitest.workspace.ts', 'run')],
  lab: [build, tool('node', 'apps/lab-cli/dist/main.js')],
  bench: [source('bench/src/main.ts')],
  serve: [source('scripts/serve.ts')],
  walk: [source('scripts/walk.ts')],
  gateway: [source('infra/nginx/src/gateway-command.ts')],
  'gateway-certificate': [source('infra/nginx/src/certificate-command.ts')],
  'jwt-keys': [source('apps/stateless-api/src/jwt-keys.ts')],
  docs: [source('scripts/docs.ts')],
  release: [build, source('infra/publish/src/release-command.ts')],
  cleanup: [source('scripts/cleanup.ts')],
  doctor: [source('scripts/doctor.ts')],
};

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
