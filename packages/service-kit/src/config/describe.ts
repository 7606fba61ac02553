// The schema as the README's table.

import type { Schema } from './load.ts';

/** Markdown rows: variable, default, what is allowed, what it is for. */
export function describeConfig(schema: Schema): string {
  const rows = Object.entries(schema).map(([name, variable]) => {
    const fallback =
      variable.fallbackText ??
      (variable.fallback === undefined
        ? '–'
        : `\`${String(variable.fallback === true ? 1 : variable.fallback === false ? 0 : variable.fallback)}\``);
    const file = variable.secret ? ` Or \`${name}_FILE\`.` : '';
    return `| \`${name}\` | ${fallback} | ${variable.allowed} | ${variable.description}${file} |`;
  });
  return ['| variable | default | allowed | |', '|---|---|---|---|', ...rows].join('\n');
}
