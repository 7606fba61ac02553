// npm run docs:errors: writes docs/errors.md from the code tables; a test holds the file against them.

import { readFileSync, writeFileSync } from 'node:fs';
import * as accounts from '../packages/accounts/src/index.ts';
import * as authCore from '../packages/auth-core/src/index.ts';
import * as serviceKit from '../packages/service-kit/src/index.ts';

type Table = Record<string, { statusCode: number; message: string }>;

const PACKAGES = { 'auth-core': authCore, accounts, 'service-kit': serviceKit };

/** A package's tables are its exports whose name ends in `_ERRORS`; the gateway's, what its template says itself. */
export function errorTables(): [string, Table][] {
  const tables = packageTables();
  const known = new Set(tables.flatMap(([, table]) => Object.keys(table)));
  const own = gatewayErrors().filter(({ code }) => !known.has(code));
  return [...tables, ['gateway', Object.fromEntries(own.map((error) => [error.code, error]))]];
}

/** Every error that nginx answers by itself. Some have a code and a text of service-kit. */
export function gatewayErrors(): { statusCode: number; code: string; error: string; message: string }[] {
  const template = readFileSync(new URL('../infra/nginx/templates/routes.conf.template', import.meta.url), 'utf8');
  return [...template.matchAll(/return \d+ '(\{"statusCode".*\})';/g)].map(([, body = '']) => JSON.parse(body));
}

function packageTables(): [string, Table][] {
  return Object.entries(PACKAGES).map(([name, exported]) => {
    const tables = Object.entries(exported).filter(([key]) => key.endsWith('_ERRORS'));
    return [name, Object.assign({}, ...tables.map(([, table]) => table)) as Table];
  });
}

export function errorsPage(): string {
  const parts = errorTables()
    .filter(([, table]) => Object.keys(table).length > 0)
    .map(([name, table]) => {
      const rows = Object.entries(table).map(([code, row]) => `| \`${code}\` | ${row.statusCode} | ${row.message} |`);
      return `## ${name}\n\n| code | status | text |\n|---|---|---|\n${rows.join('\n')}\n`;
    });
  const intro = 'Every error answer is `{statusCode, code, error, message}`. The code is stable; the text may change.';
  return `# Errors\n\n<!-- Written by \`npm run docs:errors\`; do not edit. -->\n\n${intro}\n\n${parts.join('\n')}`;
}

if (import.meta.main) writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsPage());
