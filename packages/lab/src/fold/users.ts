// What became of each user, from the answers they got: the ledger, read backwards out of the events.

import type { Event } from '../contracts/events.ts';
import type { Bin, LostUser, PartSummary } from '../contracts/report.ts';

type Seen = keyof Bin['users'];
type Mark = Extract<Event, { type: 'mark' }>;

interface Person {
  seen: Seen | 'gone';
  server: string;
  /** ms of the acknowledged sign-out. */
  signedOutAt: number | undefined;
  /** ms from the sign-out to the last use that was accepted after it. */
  exposure: number | undefined;
}

export interface UsersFold {
  add(event: Event, at: number): void;
  counts(): Bin['users'];
  lost(marks: readonly Mark[]): PartSummary['lost'];
  exposure(): PartSummary['exposure'];
}

const NAMED = 1_000;

const SEEN: Partial<Record<string, Seen>> = {
  ok: 'signedIn',
  signedOut: 'signedOut',
  wrongUser: 'wronglySignedIn',
  acceptedAfterSignOut: 'wronglySignedIn',
  timedOut: 'unknown',
  connectionBroken: 'unknown',
  connectionRefused: 'unknown',
  serverError: 'unknown',
};

export function createUsersFold(): UsersFold {
  const people = new Map<number, Person>();
  const lost = new Map<number, { at: number; server: string }>();
  const counts: Record<Seen, number> = { signedIn: 0, signedOut: 0, wronglySignedIn: 0, unknown: 0 };
  const exposures: Person[] = [];

  const see = (person: Person, seen: Person['seen']) => {
    if (person.seen === seen) return;
    if (person.seen !== 'gone') counts[person.seen] -= 1;
    if (seen !== 'gone') counts[seen] += 1;
    person.seen = seen;
  };

  return {
    add(event, at) {
      if (event.type === 'sign-in') {
        const person: Person = { seen: 'gone', server: event.server, signedOutAt: undefined, exposure: undefined };
        const before = people.get(event.user);
        if (before !== undefined) see(before, 'gone');
        people.set(event.user, person);
        see(person, 'signedIn');
      }
      const person = 'user' in event ? people.get(event.user) : undefined;
      if (person === undefined) return;
      if (event.type === 'sign-out') {
        person.signedOutAt = at;
        exposures.push(person);
        see(person, 'gone');
      }
      if (event.type !== 'request') return;
      if (event.outcome === 'signedOut' && !lost.has(event.user))
        lost.set(event.user, { at: at + event.late + event.ms, server: person.server });
      if (event.outcome === 'acceptedAfterSignOut' && person.signedOutAt !== undefined)
        person.exposure = Math.max(person.exposure ?? 0, at + event.late - person.signedOutAt);
      if (event.outcome === 'refused') see(person, 'gone');
      const seen = SEEN[event.outcome];
      // Whoever has signed out is no longer counted, but for being accepted all the same.
      if (seen !== undefined && (person.signedOutAt === undefined || seen === 'wronglySignedIn')) see(person, seen);
    },

    counts: () => ({ ...counts }),

    lost(marks) {
      const named = [...lost].slice(0, NAMED).map(([user, { at, server }]): LostUser => {
        return { user: `user ${user}`, at, server, cause: findCause(marks, at, server) };
      });
      // Beyond the named ones only the count is kept; a nameless cause among them must not hide there.
      const hidden = [...lost].slice(NAMED).filter(([, { at, server }]) => findCause(marks, at, server) === null);
      named.push(
        ...hidden
          .slice(0, 10)
          .map(([user, who]) => ({ user: `user ${user}`, at: who.at, server: who.server, cause: null })),
      );
      return { count: lost.size, named };
    },

    exposure() {
      if (exposures.length === 0) return null;
      const all = exposures.map((person) => person.exposure ?? 0).sort((a, b) => a - b);
      return {
        users: all.length,
        accepted: exposures.filter((person) => person.exposure !== undefined).length,
        p50: all[Math.floor((all.length - 1) / 2)] ?? null,
        max: all.at(-1) ?? null,
      };
    },
  };
}

/** The newest mark before that moment which excuses users of that server. */
function findCause(marks: readonly Mark[], at: number, server: string): string | null {
  const excuse = marks.findLast(
    ({ at: from, excuses }) =>
      from <= at && excuses !== undefined && (excuses.servers === 'all' || excuses.servers.includes(server)),
  );
  return excuse?.excuses?.cause ?? null;
}
