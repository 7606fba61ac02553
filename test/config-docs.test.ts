// docs/configuration.md shows the apps' schemas, and what a server does with an empty environment.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig as readStateful, VARIABLES as STATEFUL } from '../apps/stateful-api/src/config.ts';
import { readConfig as readStateless, VARIABLES as STATELESS } from '../apps/stateless-api/src/config.ts';
import { readSection } from '../infra/dev/src/index.ts';
import { formatConfigTables } from '../scripts/docs/config.ts';

const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');

it('docs/configuration.md shows the schemas as they are (npm run docs -- config writes them)', () => {
  expect(readSection(page, 'config')).toBe(formatConfigTables().trimEnd());
});

it('has every variable of both apps once, or once for each where they differ', () => {
  const names = [...formatConfigTables().matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set([...Object.keys(STATELESS), ...Object.keys(STATEFUL)]));
  // PORT's default is each app's own.
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual(['PORT']);
});

describe('7.1.1: the limits that are written are those that a server runs with', () => {
  const written = (name: string) =>
    Number(new RegExp(`^\\| \`${name}\` \\| \`(\\d+)\``, 'm').exec(formatConfigTables())?.[1]);

  it.each(['SESSION_IDLE_SECONDS', 'SESSION_ABSOLUTE_SECONDS', 'SESSION_MAX_PER_USER'] as const)('%s', (name) => {
    expect(written(name)).toBe(readStateful({})[name]);
  });

  it('JWT_TTL_SECONDS', () => {
    expect(written('JWT_TTL_SECONDS')).toBe(readStateless({}).JWT_TTL_SECONDS);
  });
});
