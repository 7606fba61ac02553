// npm run docs -- <name>…: writes the generated parts of the docs. Tests compare the pages with what the generators
// make.

import { formatCommand, readArguments, refuseUsage } from '@statecraft/infra-dev';

/** What docs/<name>.ts writes. */
const GENERATORS: Readonly<Record<string, string>> = {
  alerts: 'the tables of alerts in docs/production.md, from the rules in infra/kubernetes/monitoring',
  'api-reference': 'the routes in docs/api-reference.md, from the OpenAPI documents of both APIs',
  config: "the tables of docs/configuration.md, from the apps' schemas",
  'device-list': 'docs/device-list.png, from the real API in Chromium (needs Chromium)',
  errors: 'docs/errors.md, from the tables of error codes',
  lab: 'docs/lab.md, the table at the head of README.md and the failovers in docs/production.md, from the experiments and docs/runs/',
  'library-reference': 'docs/library-reference/, HTML, from the doc comments of the public packages (not in git)',
  performance: 'the tables of docs/performance.md and README.md, from bench/results.json',
  pictures: 'the pictures of README.md and docs/lab.md, from docs/runs/impact-start.json (needs Chromium)',
  'two-servers': 'docs/course/two-servers.md and .html, from examples/by-hand',
  walks: 'both exchanges in docs/walks.md, from real servers',
};

const HELP = `${formatCommand('docs', ['<name>…'])}
Writes the generated parts of the docs:
${Object.entries(GENERATORS)
  .map(([name, pages]) => `  ${name.padEnd(14)} ${pages}`)
  .join('\n')}
Exit code: 0 written, 1 a generator failed, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), { help: HELP, options: {}, positionals: Number.MAX_SAFE_INTEGER });
process.exitCode = typeof given === 'number' ? given : await writeDocs(given.positionals);

async function writeDocs(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(GENERATORS, name));
  if (unknown !== undefined) return refuseUsage(`Unknown name "${unknown}".`, HELP);
  if (names.length === 0) return refuseUsage('No name was given.', HELP);
  for (const name of names) {
    const { writePages }: { writePages(): void | Promise<void> } = await import(`./docs/${name}.ts`);
    await writePages();
    console.error(`Written: ${GENERATORS[name]}.`);
  }
  return 0;
}
