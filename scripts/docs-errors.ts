// npm run docs:errors: writes docs/errors.md from the code tables; a test holds the file against them.

import { writeFileSync } from 'node:fs';
import * as accounts from '../packages/accounts/src/index.ts';
import * as authCore from '../packages/auth-core/src/index.ts';
import * as serviceKit from '../packages/service-kit/src/index.ts';

type Table = Record<string, { statusCode: number; message: string }>;

const PACKAGES = { 'auth-core': authCore, accounts, 'service-kit': serviceKit };

/** A package's tables are its exports whose name ends in `_ERRORS`. */
export function errorTables(): [string, Table][] {
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
