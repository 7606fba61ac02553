// A schema of variables as a Markdown table for the docs.

import type { Schema } from './load.ts';
import type { Variable } from './variable.ts';

/** @returns Markdown: a row for each variable with its default, its allowed values and its purpose. */
export function describeConfig(schema: Schema): string {
  const rows = Object.entries(schema).map(([name, variable]) => {
    const file = variable.secret ? ` Or \`${name}_FILE\`.` : '';
    return formatRow(`\`${name}\``, formatDefault(variable), variable.allowed, variable.description + file);
  });
  return [formatRow('variable', 'default', 'allowed', 'what for'), '|---|---|---|---|', ...rows].join('\n');
}

function formatDefault({ fallback, fallbackText }: Variable<unknown, unknown>): string {
  if (fallbackText !== undefined) return fallbackText;
  if (fallback === undefined) return '–';
  return `\`${String(typeof fallback === 'boolean' ? Number(fallback) : fallback)}\``;
}

function formatRow(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
