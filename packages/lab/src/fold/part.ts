// One side in one scenario: counts, histograms, users, bins, marks.

import type { Event, MarkEvent, Outcome, RequestEvent } from '../contracts/events.ts';
import type { Mark, Outcomes, PartSummary } from '../contracts/report.ts';
import { createBinsFold, isTimed } from './bins.ts';
import { createGeneratorFold } from './generator.ts';
import { createLatencies } from './histogram.ts';
import { createRatesFold } from './rates.ts';
import { createRecoveryFold } from './recovery.ts';
import { createUsersFold } from './users.ts';

export interface FoldOptions {
  /** The lateness of the generator (p99, ms) up to which a figure is believable. */
  readonly latenessBoundMs: number;
}

export interface PartFold {
  add(event: Event): void;
  summarize(): PartSummary;
}

type ServerSummary = Omit<PartSummary['servers'][number], 'name'>;

/** Outcomes that break the ledger: they count in a warm-up, too. */
const NEVER: readonly Outcome[] = ['wrongUser', 'acceptedAfterSignOut'];

export function createPartFold(side: string, scenario: string, { latenessBoundMs }: FoldOptions): PartFold {
  const outcomes = createOutcomes();
  const [responses, services, signIns] = [createLatencies(), createLatencies(), createLatencies()];
  const users = createUsersFold();
  const bins = createBinsFold();
  const rates = createRatesFold();
  const recovery = createRecoveryFold();
  const generator = createGeneratorFold(latenessBoundMs);
  const marks: MarkEvent[] = [];
  const servers = new Map<string, ServerSummary>();
  const figures: PartSummary['figures'] = {};
  const concurrency = { liveSessions: 0, openSockets: 0, requestsInFlight: 0 };
  let signOuts = 0;
  /** Where this repeat began, and where the last one ended. */
  let offset = 0;
  let endedAt = 0;

  const updateServer = (name: string, change: (server: ServerSummary) => Partial<ServerSummary>) => {
    const server = servers.get(name) ?? { answered: 0 };
    servers.set(name, { ...server, ...change(server) });
  };

  const addRequest = (event: RequestEvent, at: number) => {
    const doneAt = at + event.late + event.ms;
    bins.setUsers(doneAt, users.counts());
    if (event.warmUp && !NEVER.includes(event.outcome)) return;
    outcomes[event.outcome] += 1;
    if (event.server !== undefined) updateServer(event.server, ({ answered }) => ({ answered: answered + 1 }));
    rates.addRequest(at, doneAt, event);
    if (event.outcome === 'dropped') return;
    generator.addLateness(event.late);
    if (isTimed(event.outcome)) {
      responses.record(event.late + event.ms);
      services.record(event.ms);
    }
    bins.addRequest(at, event.late + event.ms, event.outcome);
    recovery.addAnswer(doneAt, event.outcome);
  };

  return {
    add(event) {
      if (event.type === 'part') offset = endedAt;
      const at = offset + ('at' in event ? event.at : 0);
      endedAt = Math.max(endedAt, at);
      users.add(event, at);
      if (event.type === 'sign-in') signIns.record(event.ms);
      else if (event.type === 'sign-out') signOuts += 1;
      else if (event.type === 'request') addRequest(event, at);
      else if (event.type === 'mark')
        marks.push({ ...event, at, ...(event.until === undefined ? {} : { until: offset + event.until }) });
      else if (event.type === 'figure')
        figures[event.name] = { value: event.value, unit: event.unit, text: event.text };
      else if (event.type === 'server') {
        const { type: _, name, ...memory } = event;
        updateServer(name, () => memory);
      } else if (event.type === 'generator') {
        generator.add(event);
        concurrency.requestsInFlight = Math.max(concurrency.requestsInFlight, event.requestsInFlightMax);
      } else if (event.type === 'part-end') {
        rates.endRepeat();
        concurrency.liveSessions = Math.max(concurrency.liveSessions, event.liveSessions);
        concurrency.openSockets = Math.max(concurrency.openSockets, event.openSockets);
      }
    },

    summarize: () => ({
      side,
      scenario,
      durationMs: endedAt,
      concurrency,
      rate: rates.summarize(),
      signIns: signIns.summarize().count,
      signOuts,
      outcomes,
      responseTime: responses.summarize(),
      serviceTime: services.summarize(),
      signInTime: signIns.summarize(),
      lost: users.listLost(marks),
      exposure: users.measureExposure(),
      recoveryMs: recovery.measure(marks),
      servers: [...servers].map(([name, rest]) => ({ name, ...rest })),
      figures,
      marks: marks.map(({ type: _, excuses: __, ...mark }): Mark => ({ ...mark, proof: { ...mark.proof } })),
      bins: bins.summarize(),
      generator: generator.summarize(outcomes.dropped),
    }),
  };
}

const createOutcomes = (): Outcomes => ({
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
});
