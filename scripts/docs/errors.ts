// docs/errors.md, from the tables of error codes.

import { ACCOUNTS_ERRORS } from '@statecraft/accounts';
import { AUTH_ERROR_MESSAGES, type AuthErrorCode } from '@statecraft/auth-core';
import { AUTH_ERROR_STATUS, GUARD_ERRORS } from '@statecraft/auth-fastify';
import { SERVICE_ERRORS } from '@statecraft/service-kit';
import { readText, writeText } from './pages.ts';

type Table = Record<string, { statusCode: number; message: string }>;

const AUTH_ERRORS: Table = Object.fromEntries(
  Object.entries(AUTH_ERROR_MESSAGES).map(([code, message]) => {
    return [code, { statusCode: AUTH_ERROR_STATUS[code as AuthErrorCode], message }];
  }),
);

/** The tables of the packages, and that of the gateway, which is in its nginx template. */
export function listErrorTables(): [string, Table][] {
  const tables: [string, Table][] = [
    ['auth-core', AUTH_ERRORS],
    ['auth-fastify', GUARD_ERRORS],
    ['accounts', ACCOUNTS_ERRORS],
    ['service-kit', SERVICE_ERRORS],
  ];
  const known = new Set(tables.flatMap(([, table]) => Object.keys(table)));
  const ownErrors = listGatewayErrors().filter(({ code }) => !known.has(code));
  return [...tables, ['gateway', Object.fromEntries(ownErrors.map((error) => [error.code, error]))]];
}

/** The errors that nginx answers by itself. Some have a code and a text of service-kit. */
export function listGatewayErrors(): { statusCode: number; code: string; error: string; message: string }[] {
  const template = readText('infra/nginx/templates/routes.conf.template');
  return [...template.matchAll(/return \d+ '(\{"statusCode".*\})';/g)].map(([, body = '']) => JSON.parse(body));
}

export function formatErrorsPage(): string {
  const parts = listErrorTables()
    .filter(([, table]) => Object.keys(table).length > 0)
    .map(([name, table]) => {
      const rows = Object.entries(table).map(([code, row]) => `| \`${code}\` | ${row.statusCode} | ${row.message} |`);
      return `## ${name}\n\n| code | status | text |\n|---|---|---|\n${rows.join('\n')}\n`;
    });
  const intro = 'Every error answer is `{statusCode, code, error, message}`. The code is stable; the text may change.';
  return `# Errors\n\n<!-- Written by \`npm run docs -- errors\`; do not edit. -->\n\n${intro}\n\n${parts.join('\n')}`;
}

export const writePages = (): void => writeText('docs/errors.md', formatErrorsPage());
