import { expect, it } from 'vitest';
import { createUpstreams } from '../src/processes/upstreams.ts';

const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name, url: `http://${name}` })) as [never, never, never];

function some() {
  const upstreams = createUpstreams();
  upstreams.replace([a, b, c]);
  return upstreams;
}
const chosen = (upstreams: ReturnType<typeof some>, times: number, own?: string) =>
  new Set(Array.from({ length: times }, () => upstreams.choose(own, [])));

it('takes turns', () => {
  expect(chosen(some(), 3)).toEqual(new Set([a, b, c]));
});

it('keeps a user at their own server', () => {
  expect(chosen(some(), 5, 'b')).toEqual(new Set([b]));
});

it('leaves out a server that failed, also for its own users, until it is ready again', () => {
  const upstreams = some();
  upstreams.markFailed(b);
  expect(chosen(upstreams, 6)).toEqual(new Set([a, c]));
  expect(chosen(upstreams, 6, 'b')).toEqual(new Set([a, c]));
  upstreams.markReady(b, true);
  expect(chosen(upstreams, 3, 'b')).toEqual(new Set([b]));
});

it('tries one that is not ready rather than none, and none twice', () => {
  const upstreams = some();
  for (const upstream of [a, b, c]) upstreams.markReady(upstream, false);
  expect(upstreams.choose(undefined, [a, b])).toBe(c);
  expect(upstreams.choose(undefined, [a, b, c])).toBeUndefined();
});
