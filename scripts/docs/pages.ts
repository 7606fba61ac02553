// Files of the repository, by their paths from its root.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const resolvePath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const readText = (path: string): string => readFileSync(resolvePath(path), 'utf8');
export const writeText = (path: string, text: string): void => writeFileSync(resolvePath(path), text);
