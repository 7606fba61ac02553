// Files of the repository, by their paths from its root.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const resolvePath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const readText = (path: string): string => readFileSync(resolvePath(path), 'utf8');
export const writeText = (path: string, text: string): void => writeFileSync(resolvePath(path), text);

/** Lines of at most 118 columns, all but the first indented. */
export function wrapText(text: string, indent = 0): string {
  const width = 118 - indent;
  const lines = text.replace(new RegExp(`(.{1,${width}})(?: |$)`, 'g'), '$1\n').trim();
  return lines.replaceAll('\n', `\n${' '.repeat(indent)}`);
}
