// One property that every session store must keep. checks.ts lists them all.

import type { CheckContext } from './context.ts';
import type { Power } from './harness.ts';

/** One check of the kit. */
export interface Check {
  /** Its name in reports, and the name of its file in checks/. */
  readonly id: string;
  /** Its number in docs/stores.md; `limit` for the limits of one user (ASVS 7.1.2). */
  readonly invariant: number | 'limit';
  /** The property, as a sentence without a full stop. */
  readonly text: string;
  /** Without one of these powers the check does not apply. */
  readonly needs?: readonly Power[];
  /** The limits that the harness must state; without one of them the check does not apply. */
  readonly limits?: readonly ('maxSessionsPerUser' | 'maxBytesPerUser')[];
  /** Throws when the store breaks the property. */
  run(context: CheckContext): Promise<void>;
}
