// A small real run on each gateway: three servers, one of them killed under load.

import { expect, it } from 'vitest';
import { run } from './running.ts';

it.each(['embedded', 'nginx'] as const)(
  'counts exactly the users of the killed server (%s)',
  async (gateway) => {
    const size = { servers: 3, users: 30, rate: 60, seconds: 2 } as const;
    const report = await run('crash', { ...size, modes: ['jwt', 'memory+affinity'], gateway });
    const [jwt, memory] = report.parts;
    expect(jwt?.lost.count).toBe(0);
    expect(memory?.lost.count).toBe(memory?.figures.signed_in_at_victim?.value);
    expect(memory?.lost.count).toBeGreaterThan(0);
    expect(memory?.lost.named.map(({ cause }) => cause)).toEqual(
      Array(memory?.lost.count).fill('memory-affinity-1 was killed, and its memory is gone'),
    );
    expect(memory?.marks.find(({ kind }) => kind === 'kill')?.proof).toMatchObject({ signal: 'SIGKILL' });
    const definite = report.checks.filter(({ kind }) => kind !== 'generator');
    expect(definite.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
  },
  120_000,
);
