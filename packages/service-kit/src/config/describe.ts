// The schema as the README's table.

import type { Schema } from './load.ts';
import type { Variable } from './variable.ts';

/** Markdown: variable, default, what is allowed, what it is for. */
export function describeConfig(schema: Schema): string {
  const rows = Object.entries(schema).map(([name, variable]) => {
    const file = variable.secret ? ` Or \`${name}_FILE\`.` : '';
    return row(`\`${name}\``, shown(variable), variable.allowed, variable.description + file);
  });
  return [row('variable', 'default', 'allowed', 'what for'), '|---|---|---|---|', ...rows].join('\n');
}

function shown({ fallback, fallbackText }: Variable<unknown, unknown>): string {
  if (fallbackText !== undefined) return fallbackText;
  if (fallback === undefined) return '–';
  return `\`${String(typeof fallback === 'boolean' ? Number(fallback) : fallback)}\``;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
