// npm run docs -- <name>…: writes the generated parts of the docs. Tests compare the pages with what the generators make.

import { formatCommand, readArguments, refuseUsage } from '@statecraft/infra-dev';

interface Generator {
  readonly writes: string;
  readonly load: () => Promise<{ writePages(): void | Promise<void> }>;
}

const GENERATORS: Readonly<Record<string, Generator>> = {
  config: {
    writes: "the tables of docs/configuration.md, from the apps' schemas",
    load: () => import('./docs/config.ts'),
  },
  errors: { writes: 'docs/errors.md, from the tables of error codes', load: () => import('./docs/errors.ts') },
  lab: {
    writes: 'docs/lab.md and the table at the head of README.md, from the experiments and docs/runs/',
    load: () => import('./docs/lab.ts'),
  },
  performance: {
    writes: 'docs/performance.md and its drawings, from bench/published.json',
    load: () => import('./docs/performance.ts'),
  },
  pictures: {
    writes: 'the pictures of README.md and docs/lab.md, from docs/runs/impact-start.json (needs Chromium)',
    load: () => import('./docs/pictures.ts'),
  },
  walks: {
    writes: 'both exchanges in docs/walks.md, from real servers',
    load: () => import('./docs/walks.ts'),
  },
};

const HELP = `${formatCommand('docs', ['<name>…'])}
Writes the generated parts of the docs:
${Object.entries(GENERATORS)
  .map(([name, { writes }]) => `  ${name.padEnd(11)} ${writes}`)
  .join('\n')}
Exit code: 0 written, 1 a generator failed, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), { help: HELP, options: {}, positionals: Number.MAX_SAFE_INTEGER });
process.exitCode = typeof given === 'number' ? given : await writeDocs(given.positionals);

async function writeDocs(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(GENERATORS, name));
  if (unknown !== undefined) return refuseUsage(`Unknown name "${unknown}".`, HELP);
  if (names.length === 0) return refuseUsage('No name was given.', HELP);
  for (const name of names) {
    const generator = await GENERATORS[name]?.load();
    await generator?.writePages();
    console.error(`Written: ${GENERATORS[name]?.writes}.`);
  }
  return 0;
}
