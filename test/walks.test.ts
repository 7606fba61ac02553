// docs/walks.md shows what the two clients send and what comes back. Here they run against the built servers.

import { expect, it } from 'vitest';
import { readWalk, WALK_MODES, walkOf } from '../scripts/docs-walks.ts';

it.each(WALK_MODES)(
  'the %s exchange in docs/walks.md is what a built server answers (npm run docs:walks writes it)',
  async (mode) => {
    expect(readWalk(mode)).toBe(await walkOf(mode));
  },
  30_000,
);
