// From bench/results to what the repository keeps.

import { writeFileSync } from 'node:fs';
import { writeDocs } from './docs.ts';
import { PUBLISHED, readAllResults, toJson } from './results.ts';

export function publish(): string[] {
  writeFileSync(PUBLISHED, toJson(readAllResults()));
  return ['bench/published.json', ...writeDocs()];
}
