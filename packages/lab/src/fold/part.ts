// One side in one scenario: counts, histograms, users, bins, marks.

import type { Event, Outcome } from '../contracts/events.ts';
import type { Generator, Mark, Outcomes, PartSummary } from '../contracts/report.ts';
import { createBinsFold, isTimed } from './bins.ts';
import { createLatencies } from './histogram.ts';
import { createUsersFold } from './users.ts';

export interface FoldOptions {
  /** The generator's lateness (p99, ms) up to which a figure is believed. */
  readonly latenessBoundMs: number;
}

export interface PartFold {
  add(event: Event): void;
  summary(): PartSummary;
}

/** Beyond these a figure says more about the generator than about the servers. */
const GENERATOR_BOUNDS = { cpu: 0.95, droppedShare: 0.001 };

/**
 * ms. The share of a core is over the whole timed load of a part, and over this long where that was shorter: ten requests of
 * a process that is still compiling take 125 % of a core for 40 ms, and kept nobody waiting.
 */
const CPU_OVER_MS = 500;

/** Marks that ask for a recovery: something was broken by them. */
const FAULTS = /^(kill|stop|pause|restart|redis-|cut|slow|drain)/;

type Request = Extract<Event, { type: 'request' }>;
type MarkEvent = Extract<Event, { type: 'mark' }>;

export function createPartFold(side: string, scenario: string, { latenessBoundMs }: FoldOptions): PartFold {
  const outcomes = createOutcomes();
  const [responses, services, signIns, lateness] = [
    createLatencies(),
    createLatencies(),
    createLatencies(),
    createLatencies(),
  ];
  const users = createUsersFold();
  const bins = createBinsFold();
  const marks: MarkEvent[] = [];
  const servers = new Map<string, { answered: number; rssBytes?: number; heapBytes?: number }>();
  const figures: PartSummary['figures'] = {};
  const recovery = createRecovery();
  const concurrency = { liveSessions: 0, openSockets: 0, requestsInFlight: 0 };
  const generator = { cpuMs: 0, ms: 0, eventLoopDelayP99: 0 };
  const window = {
    from: Number.POSITIVE_INFINITY,
    to: 0,
    doneAt: 0,
    planned: 0,
    answered: 0,
    loadMs: 0,
    answeredMs: 0,
  };
  let signOuts = 0;
  let offset = 0;
  let endedAt = 0;

  const server = (name: string) => {
    const known = servers.get(name) ?? { answered: 0 };
    servers.set(name, known);
    return known;
  };

  const request = (event: Request, at: number) => {
    const never = event.outcome === 'wrongUser' || event.outcome === 'acceptedAfterSignOut';
    if (event.warmUp) bins.users(at + event.late + event.ms, users.counts());
    if (event.warmUp && !never) return;
    outcomes[event.outcome] += 1;
    if (event.server !== undefined) server(event.server).answered += 1;
    window.from = Math.min(window.from, at);
    window.to = Math.max(window.to, at);
    window.planned += 1;
    if (event.outcome === 'dropped') return;
    if (event.status !== undefined) {
      window.answered += 1;
      window.doneAt = Math.max(window.doneAt, at + event.late + event.ms);
    }
    lateness.record(event.late);
    if (isTimed(event.outcome)) {
      responses.record(event.late + event.ms);
      services.record(event.ms);
    }
    bins.request(at, event.late + event.ms, event.outcome);
    bins.users(at + event.late + event.ms, users.counts());
    recovery.answer(at + event.late + event.ms, event.outcome);
  };

  const closeWindow = () => {
    if (window.to > window.from) {
      window.loadMs += window.to - window.from;
      // Servers that fall behind answer on when the last question was asked long ago.
      window.answeredMs += Math.max(window.to, window.doneAt) - window.from;
    }
    window.from = Number.POSITIVE_INFINITY;
    window.to = 0;
    window.doneAt = 0;
  };

  return {
    add(event) {
      if (event.type === 'part') offset = endedAt;
      const at = offset + ('at' in event ? event.at : 0);
      if ('at' in event) endedAt = Math.max(endedAt, at);
      users.add(event, at);
      if (event.type === 'sign-in') signIns.record(event.ms);
      if (event.type === 'sign-out') signOuts += 1;
      if (event.type === 'request') request(event, at);
      if (event.type === 'mark') {
        marks.push({ ...event, at, ...(event.until === undefined ? {} : { until: offset + event.until }) });
      }
      if (event.type === 'figure') figures[event.name] = { value: event.value, unit: event.unit, text: event.text };
      if (event.type === 'server') {
        const { type: _, name, ...memory } = event;
        Object.assign(server(name), memory);
      }
      if (event.type === 'generator') {
        if (!event.warmUp) {
          const { ms = CPU_OVER_MS } = event;
          generator.cpuMs += event.cpu * ms;
          generator.ms += ms;
          generator.eventLoopDelayP99 = Math.max(generator.eventLoopDelayP99, event.eventLoopDelayP99);
        }
        concurrency.requestsInFlight = Math.max(concurrency.requestsInFlight, event.requestsInFlightMax);
      }
      if (event.type === 'part-end') {
        closeWindow();
        concurrency.liveSessions = Math.max(concurrency.liveSessions, event.liveSessions);
        concurrency.openSockets = Math.max(concurrency.openSockets, event.openSockets);
      }
    },

    summary() {
      closeWindow();
      const cpu = generator.cpuMs / Math.max(generator.ms, CPU_OVER_MS);
      const perSecond = (count: number, ms: number) => (ms === 0 ? 0 : (count / ms) * 1000);
      return {
        side,
        scenario,
        durationMs: endedAt,
        concurrency,
        rate: {
          planned: perSecond(window.planned, window.loadMs),
          achieved: perSecond(window.answered, window.answeredMs),
        },
        signIns: signIns.summary().count,
        signOuts,
        outcomes,
        responseTime: responses.summary(),
        serviceTime: services.summary(),
        signInTime: signIns.summary(),
        lost: users.lost(marks),
        exposure: users.exposure(),
        recoveryMs: recovery.ms(marks),
        servers: [...servers].map(([name, rest]) => ({ name, ...rest })),
        figures,
        marks: marks.map(({ type: _, excuses: __, ...mark }): Mark => ({ ...mark, proof: { ...mark.proof } })),
        bins: bins.bins(),
        generator: {
          cpu,
          eventLoopDelayP99: generator.eventLoopDelayP99,
          ...summarizeGenerator(lateness.summary(), outcomes.dropped, cpu, latenessBoundMs),
        },
      };
    },
  };
}

function summarizeGenerator(late: PartSummary['responseTime'], dropped: number, cpu: number, boundMs: number) {
  const { p50, max } = late;
  // Of few samples the slowest one stands for the p99: no benefit of the doubt.
  const p99 = late.p99 ?? late.max;
  const believable =
    (p99 ?? 0) <= boundMs && cpu <= GENERATOR_BOUNDS.cpu && dropped <= late.count * GENERATOR_BOUNDS.droppedShare;
  return { latenessP50: p50, latenessP99: p99, latenessMax: max, dropped, believable } satisfies Partial<Generator>;
}

/**
 * From the first fault to the end of the first of ten answers in a row, and of all after it, that were answers: no error, no
 * timeout, no 5xx. Looked at in the end and in the order of time: a mark is written when what it tells is over, after the
 * failures that it caused.
 */
function createRecovery() {
  const IN_A_ROW = 10;
  const answers: { readonly at: number; readonly good: boolean }[] = [];
  return {
    answer(at: number, outcome: Outcome) {
      answers.push({ at, good: ['ok', 'refused', 'signedOut'].includes(outcome) });
    },
    ms(marks: readonly MarkEvent[]): number | null {
      const faultAt = Math.min(...marks.filter(({ kind }) => FAULTS.test(kind)).map(({ at }) => at));
      const after = answers.filter(({ at }) => at >= faultAt).sort((one, other) => one.at - other.at);
      const well = after.slice(after.findLastIndex(({ good }) => !good) + 1);
      if (well.length < IN_A_ROW) return null;
      return well.length === after.length ? 0 : (well[0]?.at ?? faultAt) - faultAt;
    },
  };
}

function createOutcomes(): Outcomes {
  return {
    ok: 0,
    signedOut: 0,
    wrongUser: 0,
    acceptedAfterSignOut: 0,
    refused: 0,
    connectionRefused: 0,
    connectionBroken: 0,
    timedOut: 0,
    serverError: 0,
    otherStatus: 0,
    dropped: 0,
  };
}
