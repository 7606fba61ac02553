// The questions of the assessment's first level. Each answer is explained, right or wrong.

export interface Question {
  readonly id: string;
  readonly text: string;
  readonly choices: readonly string[];
  /** The number of the right choice, from 1. */
  readonly right: number;
  readonly because: string;
  /** The checklist's line that this question ticks. */
  readonly shows?: string;
}

export const QUESTIONS: readonly Question[] = [
  {
    id: 'kill-stateless',
    text: 'A stateless server is killed. Who is signed out?',
    choices: ['Its users', 'All users', 'No user', 'Users whose token it issued'],
    right: 3,
    because:
      'The token holds who the user is, and every server has the key. No server holds anything that another one lacks.',
    shows: 'you can say why stateless needs no affinity',
  },
  {
    id: 'memory-on-scale',
    text: 'Sessions in memory, three servers in turn. A user signs in and asks six times. How many answers are 200?',
    choices: ['6', '2', '0', '3'],
    right: 2,
    because: 'Only the server of the sign-in has the session, and every third request reaches it.',
    shows: 'you can say why memory breaks on scale',
  },
  {
    id: 'affinity-and-crash',
    text: 'Affinity is on, and one of ten servers is killed. What happens to its users?',
    choices: [
      'They are signed out',
      'Another server takes their sessions over',
      'They wait until it is back',
      'Nothing',
    ],
    right: 1,
    because:
      'Affinity decides where a request goes. It copies nothing: the sessions were in the memory of that server.',
  },
  {
    id: 'redis-down',
    text: 'Redis is down. What should the server answer to a user with a session cookie?',
    choices: ['401', '200, from the last answer', '503', '403'],
    right: 3,
    because:
      'It is not known whether the session lives. 401 would sign the user out, 200 could let an ended session in.',
    shows: 'you can say what Redis changes, and what it costs',
  },
  {
    id: 'read-token',
    text: 'Who can read the claims of a signed token?',
    choices: ['Only the server', 'Who has the key', 'Everyone who has the token', 'Only the user'],
    right: 3,
    because: 'The claims are JSON in base64url. The signature keeps them from being changed, not from being read.',
  },
  {
    id: 'sign-out-token',
    text: 'A user signs out of a stateless server. A thief has a copy of the token. What now?',
    choices: ['It is refused', 'It works until it expires', 'It works once more', 'The server deletes it'],
    right: 2,
    because: 'The server keeps nothing that it could delete. A list of ended tokens would be state.',
  },
  {
    id: 'redis-does-not-solve',
    text: 'Which of these does a shared store not solve by itself?',
    choices: [
      'A second server',
      'A restart of a server',
      'Two requests that change one session at the same time',
      'Sign-out on all devices',
    ],
    right: 3,
    because:
      'Both read the same session, and the second to write removes what the first wrote, unless the record has a version.',
  },
  {
    id: 'closed-loop',
    text: 'A benchmark sends the next request when the last one is answered. What does it hide?',
    choices: ['The throughput', 'How long users wait while the server hangs', 'The number of requests', 'Nothing'],
    right: 2,
    because: 'While the server hangs, it sends nothing. Users would go on arriving (an open loop).',
  },
];
