// What happened to each user, from the answers they got.

import type { Event, MarkEvent, Outcome } from '../contracts/events.ts';
import type { Bin, LostUser, PartSummary } from '../contracts/report.ts';

type State = keyof Bin['users'];

interface UserTrace {
  /** What the last answer said; `gone` after a sign-out. */
  state: State | 'gone';
  server: string;
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

export function createUsersFold() {
  const traces = new Map<number, UserTrace>();
  const lost = new Map<number, { readonly at: number; readonly server: string }>();
  const counts: Record<State, number> = { signedIn: 0, signedOut: 0, wronglySignedIn: 0, unknown: 0 };
  const signedOut: UserTrace[] = [];

  const setState = (trace: UserTrace, state: UserTrace['state']) => {
    if (trace.state !== 'gone') counts[trace.state] -= 1;
    if (state !== 'gone') counts[state] += 1;
    trace.state = state;
  };

  const addSignIn = (user: number, server: string) => {
    const before = traces.get(user);
    if (before !== undefined) setState(before, 'gone');
    const trace: UserTrace = { state: 'gone', server, signedOutAt: undefined, exposure: undefined };
    setState(trace, 'signedIn');
    traces.set(user, trace);
  };

  const addAnswer = (user: number, trace: UserTrace, outcome: Outcome, sentAt: number, doneAt: number) => {
    if (outcome === 'signedOut' && !lost.has(user)) lost.set(user, { at: doneAt, server: trace.server });
    if (outcome === 'acceptedAfterSignOut' && trace.signedOutAt !== undefined)
      trace.exposure = Math.max(trace.exposure ?? 0, sentAt - trace.signedOutAt);
    const state = STATES[outcome];
    // A user who signed out is counted again only if a server accepts the credential all the same.
    if (state !== undefined && (trace.signedOutAt === undefined || state === 'gone' || state === 'wronglySignedIn'))
      setState(trace, state);
  };

  return {
    add(event: Event, at: number): void {
      if (event.type === 'sign-in') addSignIn(event.user, event.server);
      const trace = 'user' in event ? traces.get(event.user) : undefined;
      if (trace === undefined) return;
      if (event.type === 'sign-out') {
        trace.signedOutAt = at;
        signedOut.push(trace);
        setState(trace, 'gone');
      }
      if (event.type === 'request')
        addAnswer(event.user, trace, event.outcome, at + event.late, at + event.late + event.ms);
    },

    counts: (): Bin['users'] => ({ ...counts }),

    listLost(marks: readonly MarkEvent[]): PartSummary['lost'] {
      const all = [...lost].map(([user, { at, server }]): LostUser => {
        return { user: `user ${user}`, at, server, cause: findCause(marks, at, server) };
      });
      const hidden = all.slice(NAMED).filter(({ cause }) => cause === null);
      return { count: all.length, named: [...all.slice(0, NAMED), ...hidden.slice(0, NAMED_WITHOUT_CAUSE)] };
    },

    measureExposure(): PartSummary['exposure'] {
      if (signedOut.length === 0) return null;
      const all = signedOut.map(({ exposure = 0 }) => exposure).sort((a, b) => a - b);
      return {
        users: all.length,
        accepted: signedOut.filter(({ exposure }) => exposure !== undefined).length,
        p50: all[Math.floor((all.length - 1) / 2)] ?? null,
        max: all.at(-1) ?? null,
      };
    },
  };
}

/** Of the newest mark before that moment which excuses users of that server. */
function findCause(marks: readonly MarkEvent[], at: number, server: string): string | null {
  const mark = marks.findLast(
    ({ at: from, excuses }) =>
      from <= at && excuses !== undefined && (excuses.servers === 'all' || excuses.servers.includes(server)),
  );
  return mark?.excuses?.cause ?? null;
}
