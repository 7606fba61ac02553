// docs/configuration.md shows the apps' schemas, and what a server does with an empty environment.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig as readStateful, VARIABLES as STATEFUL } from '../apps/stateful-api/src/config.ts';
import { readConfig as readStateless, VARIABLES as STATELESS } from '../apps/stateless-api/src/config.ts';
import { configTables, withConfigTables } from '../scripts/docs-config.ts';

const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');

it('docs/configuration.md shows the schemas as they are (npm run docs:config writes them)', () => {
  expect(withConfigTables(page)).toBe(page);
  expect(page).toContain('<!-- generated:config -->');
});

it('writes between the markers and nowhere else', () => {
  const text = 'before\n<!-- generated:config -->\nold\n<!-- /generated:config -->\nafter\n';
  expect(withConfigTables(text)).toBe(
    `before\n<!-- generated:config -->\n${configTables()}<!-- /generated:config -->\nafter\n`,
  );
  expect(withConfigTables(withConfigTables(text))).toBe(withConfigTables(text));
  expect(withConfigTables('no markers')).toBe('no markers');
});

it('has every variable of both apps once, or once for each where they differ', () => {
  const names = [...configTables().matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(new Set([...Object.keys(STATELESS), ...Object.keys(STATEFUL)]));
  // PORT's default is each app's own.
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual(['PORT']);
});

describe('7.1.1: the limits that are written are those that a server runs with', () => {
  const written = (name: string) =>
    Number(new RegExp(`^\\| \`${name}\` \\| \`(\\d+)\``, 'm').exec(configTables())?.[1]);

  it.each(['SESSION_IDLE_SECONDS', 'SESSION_ABSOLUTE_SECONDS', 'SESSION_MAX_PER_USER'] as const)('%s', (name) => {
    expect(written(name)).toBe(readStateful({})[name]);
  });

  it('JWT_TTL_SECONDS', () => {
    expect(written('JWT_TTL_SECONDS')).toBe(readStateless({}).JWT_TTL_SECONDS);
  });
});
