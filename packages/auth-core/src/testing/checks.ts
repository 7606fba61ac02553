// The kit's table of contents: every check, in the order of docs/stores.md.

import type { Check } from './check.ts';
import { createRead } from './checks/create-read.ts';
import { destroyIsFinal } from './checks/destroy-is-final.ts';

export const sessionStoreChecks: readonly Check[] = [createRead, destroyIsFinal];
