// docs/performance.md: the bench knows what it says.

import { writeDocs } from '../../bench/src/docs.ts';

export const writePages = (): void => void writeDocs();
