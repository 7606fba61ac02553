// Every mutant, in the order of the invariants that they break.

import type { Mutant } from './base.ts';
import { cacheMutants } from './caches.ts';
import { contentMutants } from './contents.ts';
import { expiryMutants } from './expiry.ts';
import { faultMutants } from './faults.ts';
import { raceMutants } from './races.ts';
import { replacementMutants } from './replacements.ts';
import { sizeMutants } from './sizes.ts';
import { subjectAndRecordMutants } from './subjects.ts';
import { writeMutants } from './writes.ts';

export const mutants: readonly Mutant[] = [
  ...writeMutants,
  ...raceMutants,
  ...expiryMutants,
  ...contentMutants,
  ...cacheMutants,
  ...faultMutants,
  ...subjectAndRecordMutants,
  ...sizeMutants,
  ...replacementMutants,
];
