// Ctrl-C in the middle of a run: it rejects with 130, and all that was started is gone.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { judgeRun } from '../src/index.ts';
import { newFolder, run } from './running.ts';

it.runIf(process.platform === 'linux')(
  'ends everything it started when it is interrupted',
  async () => {
    const interrupt = new AbortController();
    const folder = newFolder();
    let children: number[] = [];
    const step = (text: string) => {
      if (!/requests\/s/.test(text)) return;
      children = listChildren(process.pid);
      setTimeout(() => interrupt.abort(), 300);
    };
    const size = { modes: ['memory+affinity'], servers: 2, users: 10, rate: 20, seconds: 30 };
    const progress = { step, say: () => undefined, event: () => undefined, begin: () => undefined };
    await expect(run('crash', size, { folder, progress, signal: interrupt.signal })).rejects.toMatchObject({
      exitCode: 130,
    });
    // Two servers and the gateway.
    expect(children.length).toBeGreaterThanOrEqual(3);
    expect(listChildren(process.pid).filter((pid) => children.includes(pid))).toEqual([]);
    // What was seen until then can still be looked at.
    expect(await judgeRun(folder)).toMatchObject({
      verdict: 'unknown',
      sentence: expect.stringContaining('The run is incomplete.'),
    });
  },
  120_000,
);

function listChildren(parent: number): number[] {
  const isChild = (pid: string) => {
    try {
      return new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isChild(name))
    .map(Number);
}
