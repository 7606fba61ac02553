// One side in one scenario: counts, histograms, users, bins, marks.

import type { Event, GeneratorEvent, MarkEvent, Outcome, RequestEvent } from '../contracts/events.ts';
import { type Generator, Outcomes, type PartSummary, type Percentiles } from '../contracts/report.ts';
import { createBins } from './bins.ts';
import { summarizeFailover } from './failover.ts';
import { summarizeLatencies } from './histogram.ts';
import { traceUsers } from './users.ts';

export interface PartEvents {
  readonly side: string;
  readonly scenario: string;
  /** Times are ms since the first repeat began. */
  readonly repeats: Event[][];
  endedAt: number;
}

const OUTCOMES = Object.keys(Outcomes.shape);
/** Outcomes that break the ledger: they count in a warm-up, too. */
const NEVER: readonly Outcome[] = ['wrongUser', 'acceptedAfterSignOut'];
/** A refused or broken connection is quick and no answer; a timeout stays in the distribution. */
const NOT_TIMED: readonly Outcome[] = ['connectionRefused', 'connectionBroken', 'dropped'];

export function summarizePart({ side, scenario, repeats, endedAt }: PartEvents, latenessBoundMs: number): PartSummary {
  const events = repeats.flat();
  const requests = pickRequests(events);
  const sent = requests.filter(({ outcome }) => outcome !== 'dropped');
  const timed = sent.filter(({ outcome }) => !NOT_TIMED.includes(outcome));
  const signInTime = summarizeLatencies(pick(events, 'sign-in').map(({ ms }) => ms));
  const marks = pick(events, 'mark');
  const generators = pick(events, 'generator');
  const users = traceUsers(events, marks);
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Outcomes;
  for (const { outcome } of requests) outcomes[outcome] += 1;
  const lateness = summarizeLatencies(sent.map(({ late }) => late));
  return {
    side,
    scenario,
    durationMs: endedAt,
    rate: measureRate(repeats),
    signIns: signInTime.count,
    signOuts: pick(events, 'sign-out').length,
    outcomes,
    responseTime: summarizeLatencies(timed.map(({ late, ms }) => late + ms)),
    serviceTime: summarizeLatencies(timed.map(({ ms }) => ms)),
    signInTime,
    lost: users.lost,
    exposure: users.exposure,
    recoveryMs: measureRecovery(sent, marks),
    ...summarizeFailover(events, marks),
    servers: listServers(events, requests),
    figures: Object.fromEntries(
      pick(events, 'figure').map(({ name, value, unit, text }) => [name, { value, unit, text }]),
    ),
    marks: marks.map(({ type: _, excuses: __, ...mark }) => ({ ...mark, proof: { ...mark.proof } })),
    bins: createBins(sent, timed, users.snapshots),
    generator: summarizeGenerator(generators, lateness, outcomes.dropped, latenessBoundMs),
  };
}

const pick = <T extends Event['type']>(events: readonly Event[], type: T) =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type);

const pickRequests = (events: readonly Event[]): RequestEvent[] =>
  pick(events, 'request').filter(({ warmUp, outcome }) => !warmUp || NEVER.includes(outcome));

const findEnd = ({ at, late, ms }: RequestEvent): number => at + late + ms;

/** Requests per second. Repeats are added up; the time between them does not count. */
function measureRate(repeats: readonly Event[][]): PartSummary['rate'] {
  const total = { planned: 0, plannedMs: 0, answered: 0, answeredMs: 0 };
  for (const requests of repeats.map(pickRequests)) {
    const answered = requests.filter(({ outcome, status }) => outcome !== 'dropped' && status !== undefined);
    const starts = requests.map(({ at }) => at);
    const [from, to] = [findMin(starts), findMax(starts)];
    total.planned += requests.length;
    total.answered += answered.length;
    if (to <= from) continue;
    total.plannedMs += to - from;
    // Servers that fall behind are still answering after the last request was sent.
    total.answeredMs += Math.max(to, findMax(answered.map(findEnd))) - from;
  }
  const divide = (count: number, ms: number) => (ms === 0 ? 0 : (count / ms) * 1000);
  return { planned: divide(total.planned, total.plannedMs), achieved: divide(total.answered, total.answeredMs) };
}

/** Not Math.min(...values), which takes only about 100,000 arguments. */
const findMin = (values: readonly number[]): number =>
  values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
const findMax = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

function listServers(events: readonly Event[], requests: readonly RequestEvent[]): PartSummary['servers'] {
  const servers = new Map<string, Omit<PartSummary['servers'][number], 'name'>>();
  for (const { server } of requests)
    if (server !== undefined) servers.set(server, { answered: (servers.get(server)?.answered ?? 0) + 1 });
  for (const { type: _, name, ...memory } of pick(events, 'server'))
    servers.set(name, { answered: 0, ...servers.get(name), ...memory });
  return [...servers].map(([name, rest]) => ({ name, ...rest }));
}

const IN_A_ROW = 10;
/** Marks of faults; the others record that something was healed or began. */
const FAULTS = /^(kill|stop|pause|restart|redis-|postgres-|cut|slow|drain)/;
const GOOD: readonly Outcome[] = ['ok', 'refused', 'signedOut'];

/**
 * From the first fault to the end of the first of ten answers in a row, and of all after it, that were right: no error,
 * no timeout, no 5xx. By time, because a mark is recorded when its fault is over, after its failures.
 */
function measureRecovery(sent: readonly RequestEvent[], marks: readonly MarkEvent[]): number | null {
  const faultAt = findMin(marks.filter(({ kind }) => FAULTS.test(kind)).map(({ at }) => at));
  const after = sent
    .map((request) => ({ at: findEnd(request), good: GOOD.includes(request.outcome) }))
    .filter(({ at }) => at >= faultAt)
    .sort((one, other) => one.at - other.at);
  const well = after.slice(after.findLastIndex(({ good }) => !good) + 1);
  if (well.length < IN_A_ROW) return null;
  return well.length === after.length ? 0 : (well[0]?.at ?? faultAt) - faultAt;
}

/** Beyond these a figure says more about the generator than about the servers. */
const BOUNDS = { cpu: 0.95, droppedShare: 0.001 };
/**
 * ms. The share of a core is over the whole timed load of a part, and over this time where that was shorter: ten
 * requests of a process that is still compiling take 125 % of a core for 40 ms, and no request waits for it.
 */
const CPU_OVER_MS = 500;

function summarizeGenerator(
  events: readonly GeneratorEvent[],
  { p50, p99, max, count }: Percentiles,
  dropped: number,
  latenessBoundMs: number,
): Generator {
  const watched = events.filter(({ warmUp }) => !warmUp).map(({ ms = CPU_OVER_MS, ...event }) => ({ ...event, ms }));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const watchedMs = sum(watched.map(({ ms }) => ms));
  const cpu = sum(watched.map((event) => event.cpu * event.ms)) / Math.max(watchedMs, CPU_OVER_MS);
  const eventLoopDelayP99 = findMax(watched.map((event) => event.eventLoopDelayP99));
  // With few samples the slowest one is the p99.
  const latenessP99 = p99 ?? max;
  const believable =
    (latenessP99 ?? 0) <= latenessBoundMs && cpu <= BOUNDS.cpu && dropped <= count * BOUNDS.droppedShare;
  return { cpu, eventLoopDelayP99, latenessP50: p50, latenessP99, latenessMax: max, dropped, believable };
}
