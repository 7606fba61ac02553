// docs/performance.md and the table of README.md: the bench knows what they contain.

import { readPublished, writeDocs } from '../../bench/src/docs.ts';

export function writePages(): void {
  writeDocs(readPublished());
}
