// From the first fault to the end of the first of ten answers in a row, and of all after it, that were answers: no error, no
// timeout, no 5xx. It is measured at the end and in the order of time: a mark is recorded when its fault is over, after the
// failures that the fault caused.

import type { MarkEvent, Outcome } from '../contracts/events.ts';

const IN_A_ROW = 10;

/** Marks of faults; the others record that something was healed or began. */
const FAULTS = /^(kill|stop|pause|restart|redis-|cut|slow|drain)/;

const GOOD: readonly Outcome[] = ['ok', 'refused', 'signedOut'];

export function createRecoveryFold() {
  const answers: { readonly at: number; readonly good: boolean }[] = [];
  return {
    addAnswer: (at: number, outcome: Outcome) => void answers.push({ at, good: GOOD.includes(outcome) }),
    /** ms; null without a fault or without ten answers. */
    measure(marks: readonly MarkEvent[]): number | null {
      const faultAt = Math.min(...marks.filter(({ kind }) => FAULTS.test(kind)).map(({ at }) => at));
      const after = answers.filter(({ at }) => at >= faultAt).sort((one, other) => one.at - other.at);
      const well = after.slice(after.findLastIndex(({ good }) => !good) + 1);
      if (well.length < IN_A_ROW) return null;
      return well.length === after.length ? 0 : (well[0]?.at ?? faultAt) - faultAt;
    },
  };
}
