// Events ──> one summary for each side × scenario. Pure: the same events give the same summaries.
//
//   part ─ sign-in, request, sign-out, mark, figure … ─ part-end
//     └─ a repeat of the same side and scenario continues where the last one ended

import type { Event } from '../contracts/events.ts';
import { type PartEvents, summarizePart } from './part.ts';

/**
 * `durationMs` is undefined for an incomplete run.
 * @param latenessBoundMs the lateness of the generator (p99) up to which a figure is believable
 */
export function foldEvents(events: Iterable<Event>, latenessBoundMs: number) {
  const parts = new Map<string, PartEvents>();
  let current: PartEvents | undefined;
  let offset = 0;
  let durationMs: number | undefined;
  for (const event of events) {
    if (event.type === 'end') durationMs = event.durationMs;
    if (event.type === 'part') {
      const key = `${event.side}\n${event.scenario}`;
      current = parts.get(key) ?? { side: event.side, scenario: event.scenario, repeats: [], endedAt: 0 };
      parts.set(key, current);
      current.repeats.push([]);
      offset = current.endedAt;
    }
    if (current === undefined) continue;
    const shifted = shiftTimes(event, offset);
    current.repeats.at(-1)?.push(shifted);
    if ('at' in shifted) current.endedAt = Math.max(current.endedAt, shifted.at);
  }
  return { parts: [...parts.values()].map((part) => summarizePart(part, latenessBoundMs)), durationMs };
}

function shiftTimes(event: Event, offset: number): Event {
  if (!('at' in event) || offset === 0) return event;
  const until = event.type === 'mark' && event.until !== undefined ? { until: event.until + offset } : {};
  return { ...event, at: event.at + offset, ...until };
}
