// Requests per second, planned and achieved. Repeats of a part are added up; the time between them does not count.

import type { RequestEvent } from '../contracts/events.ts';
import type { PartSummary } from '../contracts/report.ts';

export function createRatesFold() {
  const total = { planned: 0, plannedMs: 0, answered: 0, answeredMs: 0 };
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  let lastAnswerAt = 0;

  const endRepeat = () => {
    if (to > from) {
      total.plannedMs += to - from;
      // Servers that fall behind are still answering after the last request was sent.
      total.answeredMs += Math.max(to, lastAnswerAt) - from;
    }
    from = Number.POSITIVE_INFINITY;
    to = 0;
    lastAnswerAt = 0;
  };
  return {
    addRequest(at: number, doneAt: number, { outcome, status }: RequestEvent): void {
      from = Math.min(from, at);
      to = Math.max(to, at);
      total.planned += 1;
      if (outcome === 'dropped' || status === undefined) return;
      total.answered += 1;
      lastAnswerAt = Math.max(lastAnswerAt, doneAt);
    },
    endRepeat,
    summarize(): PartSummary['rate'] {
      endRepeat();
      const divide = (count: number, ms: number) => (ms === 0 ? 0 : (count / ms) * 1000);
      return {
        planned: divide(total.planned, total.plannedMs),
        achieved: divide(total.answered, total.answeredMs),
      };
    },
  };
}
