// The tables of variables in docs/configuration.md, from the apps' schemas.

import { replaceSection } from '@statecraft/infra-dev';
import { describeConfig, type Schema } from '@statecraft/service-kit';
import { VARIABLES as STATEFUL } from '../../apps/stateful-api/src/config.ts';
import { VARIABLES as STATELESS } from '../../apps/stateless-api/src/config.ts';
import { readText, writeText } from './pages.ts';

const PAGE = 'docs/configuration.md';

/** A table of the variables that both apps read alike, then one of each app's own. */
export function formatConfigTables(): string {
  const isShared = (name: string) =>
    formatVariable(STATELESS, name) === formatVariable(STATEFUL, name) && Object.hasOwn(STATELESS, name);
  const isOwn = (name: string) => !isShared(name);
  const parts = [
    ['Both APIs', selectVariables(STATELESS, isShared)],
    ['stateless-api', selectVariables(STATELESS, isOwn)],
    ['stateful-api', selectVariables(STATEFUL, isOwn)],
  ] as const;
  return parts.map(([title, schema]) => `**${title}**\n\n${describeConfig(schema)}\n`).join('\n');
}

function selectVariables(schema: Schema, isSelected: (name: string) => boolean): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => isSelected(name)));
}

function formatVariable(schema: Schema, name: string): string {
  return describeConfig(selectVariables(schema, (other) => other === name));
}

export const writePages = (): void => writeText(PAGE, replaceSection(readText(PAGE), 'config', formatConfigTables()));
