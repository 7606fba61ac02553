// 5. Make routing sticky: the same user always goes to the same server, also when another server is removed.

import { randomBytes, randomInt } from 'node:crypto';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';

type Route = (credential: string, servers: readonly string[]) => string;

const USERS = 1_000;
const READ = 'docs/course/3-scaling.md';

export const routeSticky: Exercise = {
  name: '05-route-sticky',
  title: 'Make routing sticky',
  minutes: 40,
  hints: [
    'What does the gateway have of a user that is the same in every request?',
    'A number modulo 10 changes for most users when 10 becomes 9. Can each server get a score for each user instead?',
    'Rendezvous hashing: hash credential and server together, and take the server with the highest hash.',
  ],
  learned:
    'Affinity keeps a user at one server. It moves only the users of a removed server, and those are signed out.',

  async check(folder) {
    const { route } = await loadFunctions<{ route: Route }>(folder, 'route.ts', ['route']);
    const second = await loadFunctions<{ route: Route }>(folder, 'route.ts', ['route'], 'second-gateway');
    const users = Array.from({ length: USERS }, () => randomBytes(24).toString('base64url'));
    const servers = Array.from({ length: 10 }, (_, at) => `http://10.0.${at}.${randomInt(256)}:3001`);
    const first = users.map((user) => route(user, servers));
    checkServers(first, servers);
    checkStaying(
      first,
      users.map((user) => route(user, servers)),
      'asked a second time',
      0.999,
    );
    checkStaying(
      first,
      users.map((user) => route(user, servers.toReversed())),
      'with the servers in another order',
      0.999,
    );
    const elsewhere = new Map(users.toReversed().map((user) => [user, second.route(user, servers)]));
    checkStaying(
      first,
      users.map((user) => elsewhere.get(user) ?? ''),
      'at a second gateway, which gets them in another order',
      0.999,
    );
    checkSpread(first, servers);
    checkRemoval(first, users, servers, route);
  },
};

function checkServers(chosen: readonly unknown[], servers: readonly string[]): void {
  const wrong = chosen.find((server) => !servers.includes(String(server)));
  expectThat(wrong === undefined, {
    did: 'route(credential, servers)',
    saw: JSON.stringify(wrong),
    expected: 'one of the servers',
    why: 'The gateway sends the request there.',
    read: READ,
  });
}

function checkStaying(before: readonly string[], after: readonly string[], when: string, share: number): void {
  const stayed = before.filter((server, at) => server === after[at]).length;
  expectThat(stayed >= share * USERS, {
    did: `route() for ${USERS} users, ${when}`,
    saw: `${stayed} of ${USERS} users got the same server again`,
    expected: `at least ${share * USERS}`,
    why: 'A user who is sent to another server is signed out there.',
    read: READ,
  });
}

function checkSpread(chosen: readonly string[], servers: readonly string[]): void {
  const counts = servers.map((server) => chosen.filter((one) => one === server).length);
  const most = Math.max(...counts);
  expectThat(most <= USERS / 5, {
    did: `route() for ${USERS} users and 10 servers`,
    saw: `one server got ${most} users`,
    expected: `at most ${USERS / 5}, twice a fair share`,
    why: 'Ten servers that leave the work to one are one server.',
    read: READ,
  });
}

function checkRemoval(
  before: readonly string[],
  users: readonly string[],
  servers: readonly string[],
  route: Route,
): void {
  const [removed = '', ...rest] = servers;
  const moved = users.filter((user, at) => before[at] !== route(user, rest)).length;
  const lost = before.filter((server) => server === removed).length;
  expectThat(moved <= 0.15 * USERS, {
    did: 'route() after one of ten servers was removed',
    saw: `${moved} of ${USERS} users moved; ${lost} of them were at the removed server`,
    expected: `at most ${0.15 * USERS} users move`,
    why: 'Only the users of the removed server need a new one. Every other move signs a user out for nothing.',
    read: READ,
  });
}
