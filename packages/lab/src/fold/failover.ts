// What a failover of Redis cost: acknowledged sign-ins and sign-outs that did not last, and what failed meanwhile.
//
//   acknowledged sign-in ─── last answer 401: lost
//   acknowledged sign-out ── last answer 200: lost (undone)

import type { Event, MarkEvent, Outcome, RequestEvent } from '../contracts/events.ts';
import type { Failover, PartSummary } from '../contracts/report.ts';

export const FAILOVER = 'redis-failover';

const FAILED: readonly Outcome[] = [
  'connectionRefused',
  'connectionBroken',
  'timedOut',
  'serverError',
  'otherStatus',
  'dropped',
];

interface Trace {
  signedInAt: number;
  signedOutAt?: number;
  last?: Outcome;
  wasRefused?: true;
}

/** Nothing without a failover. Only sign-ins and sign-outs under load count. */
export function summarizeFailover(
  events: readonly Event[],
  marks: readonly MarkEvent[],
): Pick<PartSummary, 'failover'> {
  const faultAt = marks.find(({ kind }) => kind === FAILOVER)?.at;
  if (faultAt === undefined) return {};
  const asked = events.filter((event) => event.type === 'request' && !event.warmUp) as RequestEvent[];
  const beganAt = asked.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const traces = traceWrites(events);
  const newcomers = traces.filter(({ signedInAt }) => signedInAt >= beganAt);
  const leavers = traces.filter(({ signedOutAt }) => signedOutAt !== undefined);
  const written = events.flatMap((event) =>
    (event.type === 'sign-in' || event.type === 'sign-out') && event.at >= beganAt ? [event] : [],
  );
  const reads = asked.filter(({ what }) => what === undefined);
  const failures = asked.filter(hasFailed);
  const listTimes = (some: readonly Trace[], key: 'signedInAt' | 'signedOutAt') =>
    some.map((trace) => (trace[key] ?? 0) - faultAt);
  return {
    failover: {
      signIns: summarizeWrites(newcomers.length, listTimes(newcomers.filter(isSignedOut), 'signedInAt')),
      signOuts: summarizeWrites(leavers.length, listTimes(leavers.filter(isStillAccepted), 'signedOutAt')),
      falselyRefused: traces.filter(({ wasRefused, last }) => wasRefused && last === 'ok').length,
      reads: summarizeFailures(reads.filter(hasFailed), reads.filter(hasAnswer).map(findEnd), faultAt),
      writes: summarizeFailures(
        failures.filter(({ what }) => what !== undefined),
        written.map(({ at }) => at),
        faultAt,
      ),
      users: countUsers(asked, written, failures),
    },
  };
}

const hasFailed = ({ outcome }: RequestEvent): boolean => FAILED.includes(outcome);
const hasAnswer = (request: RequestEvent): boolean => !hasFailed(request);
const isSignedOut = ({ last }: Trace): boolean => last === 'signedOut';
const isStillAccepted = ({ last }: Trace): boolean => last === 'acceptedAfterSignOut';
const findEnd = ({ at, late, ms }: RequestEvent): number => at + late + ms;

/** Each user's sign-in, sign-out and last answer that says whether the user is signed in. */
function traceWrites(events: readonly Event[]): Trace[] {
  const traces = new Map<number, Trace>();
  for (const event of events) {
    if (event.type === 'sign-in') traces.set(event.user, { signedInAt: event.at });
    if (!('user' in event)) continue;
    const trace = traces.get(event.user);
    if (trace === undefined) continue;
    if (event.type === 'sign-out') trace.signedOutAt = event.at;
    if (event.type !== 'request' || hasFailed(event)) continue;
    trace.last = event.outcome;
    if (event.outcome === 'signedOut') trace.wasRefused = true;
  }
  return [...traces.values()];
}

/** `lostMs`: ms since the failover began. */
function summarizeWrites(count: number, lostMs: readonly number[]): Failover['signIns'] {
  const sorted = lostMs.toSorted((one, other) => one - other);
  return { count, lost: sorted.length, firstLostMs: sorted[0] ?? null, lastLostMs: sorted.at(-1) ?? null };
}

/** `rightAt`: when the right answers came. */
function summarizeFailures(failed: readonly RequestEvent[], rightAt: readonly number[], faultAt: number) {
  const first = failed.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const last = failed.reduce((most, request) => Math.max(most, findEnd(request)), Number.NEGATIVE_INFINITY);
  const none = failed.length === 0;
  return {
    count: failed.length,
    firstMs: none ? null : first - faultAt,
    lastMs: none ? null : last - faultAt,
    rightAfter: rightAt.filter((at) => at > Math.max(last, faultAt)).length,
  };
}

/** Users who asked for anything while requests failed, and those of them whose request failed. */
function countUsers(
  asked: readonly RequestEvent[],
  written: readonly { readonly at: number; readonly user: number }[],
  failures: readonly RequestEvent[],
): Failover['users'] {
  const from = failures.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const until = failures.reduce((most, request) => Math.max(most, findEnd(request)), Number.NEGATIVE_INFINITY);
  const during = [...asked, ...written].filter(({ at }) => at >= from && at <= until);
  const countDistinct = (some: readonly { readonly user: number }[]) => new Set(some.map(({ user }) => user)).size;
  return { asked: countDistinct(during), failed: countDistinct(failures) };
}
