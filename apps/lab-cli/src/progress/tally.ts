// What a run has come to so far, as far as somebody who waits wants to know it: counts in one pass over the events.

import type { Event } from '@statecraft/lab';

export interface Tally {
  readonly part: string;
  readonly requests: number;
  readonly failed: number;
  readonly signedOut: number;
  readonly wrongUser: number;
  /** Users by the server that they were last seen signed in at. */
  readonly signedIn: ReadonlyMap<string, number>;
  /** ms of the part's own clock, of the last event. */
  readonly at: number;
}

export interface TallyKeeper {
  add(event: Event): void;
  now(): Tally;
}

export function createTally(): TallyKeeper {
  let part = '';
  let at = 0;
  let counts = { requests: 0, failed: 0, signedOut: 0, wrongUser: 0 };
  let servers = new Map<string, number>();
  let places = new Map<number, string>();

  const move = (user: number, to: string | undefined) => {
    const from = places.get(user);
    if (from === to) return;
    if (from !== undefined) servers.set(from, (servers.get(from) ?? 1) - 1);
    if (to === undefined) places.delete(user);
    else {
      places.set(user, to);
      servers.set(to, (servers.get(to) ?? 0) + 1);
    }
  };

  const begin = (side: string, scenario: string) => {
    part = `${side}, ${scenario}`;
    at = 0;
    counts = { requests: 0, failed: 0, signedOut: 0, wrongUser: 0 };
    servers = new Map();
    places = new Map();
  };

  const count = ({ outcome, user, server }: Extract<Event, { type: 'request' }>) => {
    counts.requests++;
    if (outcome === 'ok') move(user, server ?? places.get(user));
    else if (outcome === 'signedOut') {
      counts.signedOut++;
      move(user, undefined);
    } else if (outcome === 'wrongUser') counts.wrongUser++;
    else if (outcome !== 'refused' && outcome !== 'acceptedAfterSignOut') counts.failed++;
  };

  return {
    add(event) {
      if ('at' in event) at = Math.max(at, event.at);
      if (event.type === 'part') begin(event.side, event.scenario);
      else if (event.type === 'sign-in') move(event.user, event.server);
      else if (event.type === 'sign-out') move(event.user, undefined);
      else if (event.type === 'request') count(event);
    },
    now: () => ({ part, at, ...counts, signedIn: servers }),
  };
}

const plain = (value: number): string => value.toLocaleString('en-US');

/** `2,400 requests, 3 failed, 12 signed out` */
export function countsText({ requests, failed, signedOut, wrongUser }: Tally): string {
  const parts = [`${plain(requests)} requests`];
  if (failed > 0) parts.push(`${plain(failed)} failed`);
  if (signedOut > 0) parts.push(`${plain(signedOut)} signed out`);
  if (wrongUser > 0) parts.push(`${plain(wrongUser)} WRONG USER`);
  return parts.join(', ');
}

/** `signed in: a 312, b 344, c 344` */
export function signedInText({ signedIn }: Tally): string {
  const all = [...signedIn]
    .filter(([, users]) => users > 0)
    .sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }));
  if (all.length === 0) return 'signed in: nobody';
  return `signed in: ${all.map(([server, users]) => `${server} ${plain(users)}`).join(', ')}`;
}
