// The deadlines of reads: one timer for all that wait, because a timer for each costs more than the rest of a read.

interface Waiting {
  /** Set when the answer has come: the deadline is then without effect. */
  isSettled: boolean;
}

export interface Deadlines {
  /** Calls `expire` after `ms`, unless the wait is settled by then. */
  add(expire: () => void): Waiting;
}

interface Entry extends Waiting {
  readonly expiresAt: number;
  readonly expire: () => void;
}

/** All waits last equally long, so the first that was added is the first to expire. */
export function createDeadlines(ms: number): Deadlines {
  let entries: Entry[] = [];
  let first = 0;
  let isTimed = false;

  function dropSettled(): void {
    while (entries[first]?.isSettled) first += 1;
    if (first * 2 <= entries.length) return;
    entries = entries.slice(first);
    first = 0;
  }

  function startTimer(untilMs: number): void {
    isTimed = true;
    setTimeout(expireDue, Math.ceil(untilMs)).unref();
  }

  function expireDue(): void {
    isTimed = false;
    const now = performance.now();
    for (let entry = entries[first]; entry && (entry.isSettled || entry.expiresAt <= now); entry = entries[++first]) {
      if (!entry.isSettled) entry.expire();
    }
    const next = entries[first];
    if (next !== undefined) startTimer(next.expiresAt - now);
  }

  return {
    add(expire) {
      dropSettled();
      const entry = { isSettled: false, expiresAt: performance.now() + ms, expire };
      entries.push(entry);
      if (!isTimed) startTimer(ms);
      return entry;
    },
  };
}
