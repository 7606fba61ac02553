// docs/walks.md shows what the two clients send and what comes back. Here they run against real servers.

import { expect, it } from 'vitest';
import { formatWalk, readWalk, WALK_MODES } from '../scripts/docs/walks.ts';

it.each(WALK_MODES)(
  'the %s exchange in docs/walks.md is what a server answers (npm run docs -- walks writes it)',
  async (mode) => {
    expect(readWalk(mode)).toBe(await formatWalk(mode));
  },
);
