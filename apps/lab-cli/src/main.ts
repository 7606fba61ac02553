// The lab on a terminal: parse, run, print. It computes nothing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { experimentOf, findOrStartRedis, howToInstall, LabError, runExperiment, toText } from '@statecraft/lab';

const HELP = `Statecraft's lab: the course's core question, asked of real processes.

  npm start [-- options]

  --mode <mode>    jwt, memory or redis; may be given several times (default: all three)
  --json <file>    also write the report as JSON there (default: runs/latest.json)
  --help           this text

Exit code: 0 it holds, 1 it does not, 2 unknown, 3 REDIS_URL does not answer, 64 wrong usage.
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nTry: npm start -- --help\n`);
    return 64;
  }
  if (options.values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [, experiment = 'two-requests'] = options.positionals;
  try {
    return await run(experiment, options.values.mode, options.values.json ?? join(root, 'runs', 'latest.json'));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return error instanceof LabError ? error.exitCode : 1;
  }
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      mode: { type: 'string', multiple: true },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function run(id: string, modes: string[] | undefined, file: string): Promise<number> {
  const experiment = experimentOf(id);
  const redis = modes === undefined || modes.includes('redis') ? await openRedis() : undefined;
  if (redis === 'unusable') return 3;
  try {
    const setting = {
      folder: join(root, 'runs', id),
      entries: {
        stateless: join(root, 'apps/stateless-api/dist/main.js'),
        stateful: join(root, 'apps/stateful-api/dist/main.js'),
      },
      redis:
        redis === undefined
          ? { missing: `there is no Redis here. To install one: ${howToInstall('redis-server')}` }
          : { url: redis.url, description: `Redis from ${redis.from}` },
      progress: { step: (text: string) => void process.stderr.write(`${text} …\n`), event: () => undefined },
      again: 'npm start',
    };
    const report = await runExperiment(experiment, modes === undefined ? {} : { modes }, setting);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
    process.stdout.write(`\n${toText(report)}JSON: ${file}\n`);
    return { holds: 0, broken: 1, unknown: 2 }[report.verdict];
  } finally {
    await redis?.stop();
  }
}

/** A REDIS_URL that does not answer ends the run: whoever set it wants that one measured, and no other. */
async function openRedis() {
  try {
    return await findOrStartRedis({ allowDocker: true });
  } catch (error) {
    process.stderr.write(`${(error as Error).message} Start that server, or unset REDIS_URL.\n`);
    return 'unusable';
  }
}
