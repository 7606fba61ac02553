import { describe, expect, it } from 'vitest';
import { parseArguments } from '../src/arguments.ts';
import { SIDES } from '../src/sides.ts';

const names = (args: string[]) => parseArguments(args).sides.map(({ name }) => name);

describe('--only', () => {
  it('measures every side when it is not given', () => {
    expect(parseArguments([]).sides).toEqual(SIDES);
  });

  it('adds what the named sides are a share of', () => {
    expect(names(['--only', 'redis,jwt'])).toEqual(['bare', 'jwt', 'redis', 'hand-get']);
  });

  it('refuses a name that is not there, and says which are', () => {
    expect(() => parseArguments(['--only', 'jwt,redsi'])).toThrow(/no side redsi\. There are: bare, /);
  });
});

describe('--quick', () => {
  it.each([[[]], [['--only', 'jwt,memory']]])('stays below two minutes (%j)', (more) => {
    const { sides, plan } = parseArguments(['--quick', ...more]);
    expect(plan.rounds).toBeGreaterThanOrEqual(1);
    expect(sides.length * plan.rounds * (2 * plan.seconds + plan.warmUpSeconds + 1.3)).toBeLessThan(118);
  });
});

describe('numbers', () => {
  it.each([
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--rounds', 'many'],
    ['--seconds', '0'],
    ['--people', '-1'],
  ])('refuses %s %s, naming the option', (name, value) => {
    expect(() => parseArguments([`${name}=${value}`])).toThrow(name);
  });

  it('refuses an option that is not there', () => {
    expect(() => parseArguments(['--onyl', 'jwt'])).toThrow(/--onyl/);
  });
});
