// npm run docs:config: writes the tables of variables into docs/configuration.md, from the apps' schemas; a test compares the page
// with them.

import { readFileSync, writeFileSync } from 'node:fs';
import { VARIABLES as STATEFUL } from '../apps/stateful-api/src/config.ts';
import { VARIABLES as STATELESS } from '../apps/stateless-api/src/config.ts';
import { describeConfig, type Schema } from '../packages/service-kit/src/index.ts';

const BEGIN = '<!-- generated:config -->';
const END = '<!-- /generated:config -->';

const page = new URL('../docs/configuration.md', import.meta.url);

/** What both apps read alike is one table; then each one's own. */
export function configTables(): string {
  const [both, stateless, stateful] = split(STATELESS, STATEFUL);
  const parts = [
    ['Both APIs', both],
    ['stateless-api', stateless],
    ['stateful-api', stateful],
  ] as const;
  return parts.map(([title, schema]) => `**${title}**\n\n${describeConfig(schema)}\n`).join('\n');
}

/** The text with the tables between the markers; as it was when it has no markers. */
export function withConfigTables(text: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) return text;
  return `${text.slice(0, from + BEGIN.length)}\n${configTables()}${text.slice(to)}`;
}

function split(one: Schema, other: Schema): [both: Schema, one: Schema, other: Schema] {
  const both = Object.keys(one).filter((name) => name in other && row(one, name) === row(other, name));
  const only = (schema: Schema, keep: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(schema).filter(([name]) => keep(name)));
  const isShared = (name: string) => both.includes(name);
  const isOwn = (name: string) => !isShared(name);
  return [only(one, isShared), only(one, isOwn), only(other, isOwn)];
}

function row(schema: Schema, name: string): string {
  const { [name]: variable } = schema;
  return variable === undefined ? '' : describeConfig({ [name]: variable });
}

if (import.meta.main) writeFileSync(page, withConfigTables(readFileSync(page, 'utf8')));
