import { expect, it } from 'vitest';
import { EXPERIMENTS, findExperiment, resolveOptions } from '../src/index.ts';
import { checkMachine } from '../src/setup/preflight.ts';

const plenty = { openFiles: 65_536, memoryBytes: 16 * 2 ** 30 };

it('lets a run begin that fits the machine', () => {
  expect(() => checkMachine({ servers: 10, users: 100_000 }, plenty)).not.toThrow();
});

it.each([
  ['memory', { ...plenty, memoryBytes: 512 * 2 ** 20 }, /about 1.31 GiB of memory; 512 MiB are available/],
  ['open files', { ...plenty, openFiles: 1024 }, /open files; this shell allows 1,024. .*ulimit -n 65536/],
])('refuses a run that needs more %s than the machine has, and names the limit', (_what, limits, message) => {
  expect(() => checkMachine({ servers: 10, users: 10_000 }, limits)).toThrow(message);
});

it.each([
  ['a number out of its bounds', 'crash', { servers: 0 }, '--servers must be a whole number from 1 to 100, and is 0.'],
  ['half a user', 'crash', { users: 0.5 }, '--users must be a whole number from 1 to 1000000, and is 0.5.'],
  ['an unknown mode', 'crash', { modes: ['redi'] }, 'There is no mode "redi". Did you mean redis or redis+tracked?'],
  ['a target for a fault', 'crash', { target: 'http://x' }, 'leave --target out'],
])('refuses %s with 64', (_what, id, asked, message) => {
  expect(() => resolveOptions(findExperiment(id), asked)).toThrow(
    expect.objectContaining({ exitCode: 64, message: expect.stringContaining(message) }),
  );
});

it('suggests similar names for an unknown experiment', () => {
  expect(() => findExperiment('rolling')).toThrow(/There is no experiment "rolling". Did you mean rolling-deploy/);
});

it('has a hypothesis, sides and both sizes for each experiment', () => {
  for (const [id, experiment] of Object.entries(EXPERIMENTS)) {
    expect(experiment.id).toBe(id);
    expect(experiment.summary.length).toBeLessThan(100);
    const where = experiment.needsTarget ? { target: 'http://127.0.0.1:1' } : {};
    expect(() => resolveOptions(experiment, where)).not.toThrow();
    expect(() => resolveOptions(experiment, { ...where, full: true })).not.toThrow();
  }
});
