// The counts of a part so far, for the user who waits.

import type { Event, RequestEvent } from '@statecraft/lab';

export function createTally() {
  let part = '';
  let at = 0;
  let counts = { requests: 0, failed: 0, signedOut: 0, wrongUser: 0 };
  /** The server where each user was last seen signed in, and the number of users at each server. */
  let places = new Map<number, string>();
  let servers = new Map<string, number>();

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

  const beginPart = (name: string) => {
    part = name;
    at = 0;
    counts = { requests: 0, failed: 0, signedOut: 0, wrongUser: 0 };
    places = new Map();
    servers = new Map();
  };

  const addRequest = ({ outcome, user, server }: RequestEvent) => {
    counts.requests++;
    if (outcome === 'ok') move(user, server ?? places.get(user));
    else if (outcome === 'signedOut') {
      counts.signedOut++;
      move(user, undefined);
    } else if (outcome === 'wrongUser') counts.wrongUser++;
    else if (outcome !== 'refused' && outcome !== 'acceptedAfterSignOut') counts.failed++;
  };

  return {
    add(event: Event): void {
      if ('at' in event) at = Math.max(at, event.at);
      if (event.type === 'part') beginPart(`${event.side}, ${event.scenario}`);
      else if (event.type === 'sign-in') move(event.user, event.server);
      else if (event.type === 'sign-out') move(event.user, undefined);
      else if (event.type === 'request') addRequest(event);
    },
    /** "redis, crash" */
    getPart: (): string => part,
    /** ms of the part's own clock, of the last event. */
    getTime: (): number => at,
    /** `2,400 requests: 3 failed, 12 answered with 401`. A user may get several 401s; the result counts users. */
    formatCounts(): string {
      const { requests, failed, signedOut, wrongUser } = counts;
      const parts = [
        ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
        ...(signedOut > 0 ? [`${formatCount(signedOut)} answered with 401`] : []),
        ...(wrongUser > 0 ? [`${formatCount(wrongUser)} answered as ANOTHER USER`] : []),
      ];
      return [`${formatCount(requests)} requests`, ...(parts.length === 0 ? [] : [parts.join(', ')])].join(': ');
    },
    /** `users signed in: a 312, b 344, c 344` */
    formatSignedIn(): string {
      const list = [...servers]
        .filter(([, users]) => users > 0)
        .sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
        .map(([server, users]) => `${server} ${formatCount(users)}`);
      return `users signed in: ${list.join(', ') || 'none'}`;
    },
  };
}

const formatCount = (value: number): string => value.toLocaleString('en-US');
