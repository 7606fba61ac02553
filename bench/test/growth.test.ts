import { expect, it } from 'vitest';
import { type GrowthPoint, whyNot } from '../src/sections/growth.ts';

const point = (taken: number): GrowthPoint => ({ store: 'memory', sessions: 10_000, bytes: 8192, taken });

it('begins a point that is small by the arithmetic of the one before', () => {
  expect(whyNot([point(100e6)], 20_000, 8192)).toBeUndefined();
});

it('leaves out a point that would take more than the limit, and says by what arithmetic', () => {
  expect(whyNot([point(100e6)], 1_000_000, 8192)).toMatch(
    /^at 10,000 bytes a session it takes 9\.3 GiB, and \d\.\d is the limit$/,
  );
});

it('knows nothing from a point of another size', () => {
  expect(whyNot([{ ...point(100e6), bytes: 1024 }], 1_000_000, 8192)).toBeUndefined();
});
