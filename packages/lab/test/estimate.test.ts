// How long runs are said to take, compared with what they plan.

import { describe, expect, it } from 'vitest';
import { EXPERIMENTS, findExperiment } from '../src/experiments/registry.ts';
import { estimateRun } from '../src/setup/estimate.ts';
import { resolveOptions, selectSides } from '../src/setup/options.ts';

/** Seconds in which a side starts servers, signs users in, is restarted, or waits for a token to expire. */
const MOST_BESIDES_LOAD = 25;
/** Rows of load: the others have no load on a schedule, or a brief one. */
const LOADED: Readonly<Record<string, number>> = { load: 1, impact: 1, failover: 3, 'two-requests': 0, race: 0 };

describe.each(Object.values(EXPERIMENTS))('$id', ({ id, takes, sides, scenarios, defaults, full, needsTarget }) => {
  const columns = needsTarget ? 1 : sides.length;
  const planSeconds = (seconds: number) => columns * (LOADED[id] ?? scenarios.length) * seconds;

  it('takes at least its planned load, and not much longer in its default size', () => {
    expect(takes.defaults).toBeGreaterThanOrEqual(planSeconds(defaults.seconds));
    expect(takes.full).toBeGreaterThanOrEqual(planSeconds(full.seconds));
    expect(takes.defaults).toBeLessThanOrEqual(planSeconds(defaults.seconds) + columns * MOST_BESIDES_LOAD);
  });

  it('takes no longer in its default size than in its full size', () => {
    expect(takes.defaults).toBeLessThanOrEqual(takes.full);
  });
});

describe('the estimate of a run', () => {
  const estimate = (id: string, asked: Parameters<typeof resolveOptions>[1]) => {
    const experiment = findExperiment(id);
    const options = resolveOptions(experiment, asked);
    const sides = selectSides(experiment, options);
    return estimateRun(experiment, { plan: { options, scenarios: experiment.scenarios } as never, sides });
  };

  it('is what the experiment takes, for all its columns and rows', () => {
    expect(estimate('impact', {})).toEqual({ parts: 15, seconds: findExperiment('impact').takes.defaults });
    expect(estimate('impact', { full: true }).seconds).toBe(findExperiment('impact').takes.full);
  });

  it('is shorter for fewer columns, and longer for more seconds of load', () => {
    const { defaults, takes } = { ...findExperiment('crash'), takes: findExperiment('crash').takes.defaults };
    const four = estimate('crash', { seconds: defaults.seconds + 10 });
    expect(four).toEqual({ parts: 4, seconds: takes + 40 });
    expect(estimate('crash', { modes: ['jwt', 'redis'] })).toEqual({ parts: 2, seconds: Math.round(takes / 2) });
  });

  it('counts the parts that a run has, where it has more or fewer than cells', () => {
    expect(estimate('load', {}).parts).toBe(45);
    expect(estimate('failover', {}).parts).toBe(6);
  });
});
