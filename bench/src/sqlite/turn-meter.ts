// The turns of an event loop: for how long each held it, by work or by waiting (for a lock, for the disk). Time in
// which the thread could have run and another program or another virtual machine had the core says nothing about this
// program, and is left out: it is the run delay of schedstat, and, if the thread did not wait at all, all time beyond
// its processor time.

import { openSync, readSync } from 'node:fs';

export interface Turns {
  readonly count: number;
  /** ms */
  readonly longest: number;
  /** ms, with the time that it waited for a core. */
  readonly longestOnClock: number;
  /** How many were over 10 ms. */
  readonly over10: number;
  /** ms that one call of the store held the loop, at most. */
  readonly longestCall: number;
}

export interface TurnMeter {
  /** Calls `run`, and measures for how long it holds the loop. */
  call<T>(run: () => T): T;
  stop(): Turns;
}

interface Reading {
  readonly clock: number;
  readonly cpu: number;
  readonly runDelay: number;
  /** Times that the thread gave up the core to wait for something. */
  readonly waits: number;
}

/** Measures every turn until `stop`; keeps the loop busy meanwhile, so that a turn holds no waiting for events. */
export function meterTurns(): TurnMeter {
  const schedule = openText('/proc/thread-self/schedstat');
  const status = openText('/proc/thread-self/status');
  const turns = { count: 0, longest: 0, longestOnClock: 0, over10: 0, longestCall: 0 };
  let isStopped = false;
  let last = read();

  function read(): Reading {
    const { user, system } = process.threadCpuUsage();
    const waits = Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status.read())?.[1]);
    const runDelay = Number(schedule.read().split(' ')[1]) / 1e6;
    return { clock: performance.now(), cpu: (user + system) / 1_000, runDelay, waits };
  }

  function take(): void {
    const next = read();
    const turn = computeHeld(last, next);
    turns.count++;
    turns.longest = Math.max(turns.longest, turn);
    turns.longestOnClock = Math.max(turns.longestOnClock, next.clock - last.clock);
    if (turn > 10) turns.over10++;
    last = next;
    if (!isStopped) setImmediate(take);
  }

  setImmediate(take);
  return {
    call(run) {
      const before = read();
      const answer = run();
      turns.longestCall = Math.max(turns.longestCall, computeHeld(before, read()));
      return answer;
    },
    stop() {
      isStopped = true;
      return { ...turns };
    },
  };
}

function computeHeld(before: Reading, after: Reading): number {
  const onClock = after.clock - before.clock;
  if (after.waits > before.waits) return onClock - (after.runDelay - before.runDelay);
  return Math.min(onClock, after.cpu - before.cpu);
}

/** A file of /proc that is read again and again. It is closed with the process. */
function openText(path: string) {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(4096);
  return { read: () => buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)) };
}
