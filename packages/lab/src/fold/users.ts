// What happened to each user, from the answers they got.

import type { Event, MarkEvent, Outcome, RequestEvent } from '../contracts/events.ts';
import type { Bin, PartSummary } from '../contracts/report.ts';
import type { Snapshot } from './bins.ts';

type State = keyof Bin['users'];

interface UserTrace {
  /** What the last answer said; `gone` after a sign-out. */
  state: State | 'gone';
  server: string;
  /** ms of the acknowledged sign-in. */
  readonly signedInAt: number;
  /** ms of the acknowledged sign-out. */
  signedOutAt: number | undefined;
  /** ms from the sign-out to the last use that was accepted after it. */
  exposure: number | undefined;
}

/** The most lost users that a report names. Beyond them only users without a cause are named, and of those a few. */
const NAMED = 1_000;
const NAMED_WITHOUT_CAUSE = 10;

const STATES: Partial<Record<Outcome, UserTrace['state']>> = {
  ok: 'signedIn',
  signedOut: 'signedOut',
  refused: 'gone',
  wrongUser: 'wronglySignedIn',
  acceptedAfterSignOut: 'wronglySignedIn',
  timedOut: 'unknown',
  connectionBroken: 'unknown',
  connectionRefused: 'unknown',
  serverError: 'unknown',
};

export function traceUsers(events: readonly Event[], marks: readonly MarkEvent[]) {
  const traces = new Map<number, UserTrace>();
  const lost = new Map<number, Loss>();
  const counts: Record<State, number> = { signedIn: 0, signedOut: 0, wronglySignedIn: 0, unknown: 0 };
  const signedOut: UserTrace[] = [];
  const snapshots: Snapshot[] = [];

  const setState = (trace: UserTrace, state: UserTrace['state']) => {
    if (trace.state !== 'gone') counts[trace.state] -= 1;
    if (state !== 'gone') counts[state] += 1;
    trace.state = state;
  };

  const addAnswer = (trace: UserTrace, { user, outcome, at, late, ms }: RequestEvent) => {
    const { server, signedInAt } = trace;
    if (outcome === 'signedOut' && !lost.has(user))
      lost.set(user, { at: at + late + ms, server, acknowledgedAt: signedInAt });
    if (outcome === 'acceptedAfterSignOut' && trace.signedOutAt !== undefined)
      trace.exposure = Math.max(trace.exposure ?? 0, at + late - trace.signedOutAt);
    const state = STATES[outcome];
    // A user who signed out is counted again only if a server accepts the credential all the same.
    if (state !== undefined && (trace.signedOutAt === undefined || state === 'gone' || state === 'wronglySignedIn'))
      setState(trace, state);
  };

  for (const event of events) {
    if (!('user' in event)) continue;
    const trace = traces.get(event.user);
    if (event.type === 'sign-in') {
      if (trace !== undefined) setState(trace, 'gone');
      const { server, at: signedInAt } = event;
      const fresh: UserTrace = { state: 'gone', server, signedInAt, signedOutAt: undefined, exposure: undefined };
      setState(fresh, 'signedIn');
      traces.set(event.user, fresh);
    } else if (event.type === 'sign-out' && trace !== undefined) {
      trace.signedOutAt = event.at;
      signedOut.push(trace);
      setState(trace, 'gone');
    } else if (event.type === 'request') {
      if (trace !== undefined) addAnswer(trace, event);
      if (event.outcome !== 'dropped') snapshots.push({ at: event.at + event.late + event.ms, users: { ...counts } });
    }
  }
  const all = [...lost].map(([user, loss]) => {
    const { at, server } = loss;
    return { user: `user ${user}`, at, server, cause: findCause(marks, loss) };
  });
  const hidden = all.slice(NAMED).filter(({ cause }) => cause === null);
  return {
    lost: { count: all.length, named: [...all.slice(0, NAMED), ...hidden.slice(0, NAMED_WITHOUT_CAUSE)] },
    exposure: measureExposure(signedOut, marks),
    snapshots,
  };
}

function measureExposure(signedOut: readonly UserTrace[], marks: readonly MarkEvent[]): PartSummary['exposure'] {
  if (signedOut.length === 0) return null;
  const all = signedOut.map(({ exposure = 0 }) => exposure).sort((a, b) => a - b);
  const accepted = signedOut.filter(({ exposure }) => exposure !== undefined);
  const bounded = marks.filter(({ excuses }) => excuses?.withinMs !== undefined);
  const excused = accepted.filter(({ server, signedOutAt: acknowledgedAt = 0, exposure = 0 }) => {
    return findCause(bounded, { at: acknowledgedAt + exposure, server, acknowledgedAt }) !== null;
  }).length;
  return {
    users: all.length,
    accepted: accepted.length,
    ...(excused === 0 ? {} : { excused }),
    p50: all[Math.floor((all.length - 1) / 2)] ?? null,
    max: all.at(-1) ?? null,
  };
}

interface Loss {
  /** ms when it was seen, and when the sign-in or sign-out was acknowledged. */
  readonly at: number;
  readonly acknowledgedAt: number;
  readonly server: string;
}

/** Of the newest mark before that moment which excuses users of that server. */
function findCause(marks: readonly MarkEvent[], { at, acknowledgedAt, server }: Loss): string | null {
  const mark = marks.findLast(({ at: from, excuses }) => {
    if (from > at || excuses === undefined) return false;
    const { servers, withinMs = Number.POSITIVE_INFINITY } = excuses;
    return (servers === 'all' || servers.includes(server)) && Math.abs(acknowledgedAt - from) <= withinMs;
  });
  return mark?.excuses?.cause ?? null;
}
