// Which generator makes the load: wrk where it is there.

import { findExecutable } from '@statecraft/infra-dev';
import { loadWithAutocannon } from './autocannon.ts';
import type { Load, LoadResult } from './load.ts';
import { loadWithWrk } from './wrk.ts';

export type Generator = 'wrk' | 'autocannon';

export const generatorHere = (): Generator => (findExecutable('wrk') === undefined ? 'autocannon' : 'wrk');

export const generate = (by: Generator, load: Load): Promise<LoadResult> =>
  by === 'wrk' ? loadWithWrk(load) : loadWithAutocannon(load);
