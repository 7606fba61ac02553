// README shows what the two clients send and what comes back. It is run here against the built servers.

import { expect, it } from 'vitest';
import { WALK_MODES, walkInReadme, walkOf } from '../scripts/docs-walks.ts';

it.each(WALK_MODES)(
  'prints the %s exchange that README.md shows (npm run docs:walks writes it)',
  async (mode) => {
    expect(walkInReadme(mode)).toBe(await walkOf(mode));
  },
  30_000,
);
