// One thing that every session store keeps. checks.ts lists them all.

import type { Power } from './harness.ts';
import type { Scene } from './scene.ts';

export interface Check {
  /** Its name in reports, and of its file in checks/. */
  readonly id: string;
  /** Its number in docs/stores.md; `limit` for the limit of sessions per user (ASVS 7.1.2). */
  readonly invariant: number | 'limit';
  readonly text: string;
  /** Without one of these the check does not apply. */
  readonly needs?: readonly Power[];
  /** Throws when the store breaks it. */
  run(scene: Scene): Promise<void>;
}
