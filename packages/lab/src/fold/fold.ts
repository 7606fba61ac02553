// Events ──> one summary for each side × scenario. Pure: the same events give the same summaries, now and from the file.
//
//   part ─ sign-in, request, sign-out, mark, figure … ─ part-end
//     └─ a repeat of the same side and scenario continues where the last one ended: histograms merge

import type { Event } from '../contracts/events.ts';
import type { PartSummary } from '../contracts/report.ts';
import { createPartFold, type FoldOptions, type PartFold } from './part.ts';

export interface Fold {
  add(event: Event): void;
  parts(): PartSummary[];
  /** Of the event `end`; undefined while the run is incomplete. */
  readonly durationMs: number | undefined;
}

export function createFold(options: FoldOptions): Fold {
  const parts = new Map<string, PartFold>();
  let current: PartFold | undefined;
  let durationMs: number | undefined;
  return {
    add(event) {
      if (event.type === 'end') durationMs = event.durationMs;
      if (event.type === 'part') {
        const key = `${event.side}\n${event.scenario}`;
        current = parts.get(key) ?? createPartFold(event.side, event.scenario, options);
        parts.set(key, current);
      }
      current?.add(event);
    },
    parts: () => [...parts.values()].map((part) => part.summarize()),
    get durationMs() {
      return durationMs;
    },
  };
}
