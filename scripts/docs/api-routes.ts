// What docs/api-reference.md says about each route beyond the OpenAPI documents, in the order of the page. The commands
// run in this order in one shell, so a value that one command keeps is there for the next.

export const APIS = { 'stateless-api': 3000, 'stateful-api': 3001 } as const;
export type Api = keyof typeof APIS;

export interface Example {
  /** The values of `{id}` and the other names in the path, or variables of the shell. */
  readonly values?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: object;
  /** One more header. */
  readonly header?: string;
  /** The status of the answer, if it is not the one that the route is for. */
  readonly status?: number;
  /** Commands that must run before. */
  readonly before?: readonly string[];
  /** A shell variable that keeps a field of the answer: `TOKEN=accessToken`. */
  readonly keeps?: string;
  /** The answer sets or removes the cookie, and curl must keep that. */
  readonly changesCookie?: boolean;
}

export interface RouteText {
  readonly notes?: string;
  /** Codes of errors beyond those of every route with a body or a sign-in. */
  readonly errors?: readonly string[];
  readonly example?: Example;
  /** What differs in the example of one API. */
  readonly examples?: Readonly<Partial<Record<Api, Example>>>;
}

const PASSWORD = 'keep-me-signed-in';
const CHANGED = 'correct horse battery staple';
const ALICE = { username: 'alice', password: PASSWORD };
const BOB = { id: 'demo-bob' };
const BAD_PASSWORD = [
  'ERR_PASSWORD_TOO_SHORT',
  'ERR_PASSWORD_TOO_LONG',
  'ERR_PASSWORD_COMMON',
  'ERR_PASSWORD_ILL_FORMED',
];

const signIn = (username: string, jar: string): string =>
  `curl -s -o answer.txt -c ${jar} -H 'content-type: application/json' \\
  -d '{"username":"${username}","password":"${PASSWORD}"}' http://localhost:3001/auth/login`;
/** The last id of a list is that of the newest session. */
const keepLastId = (path: string): string =>
  `SESSION=$(curl -s -b jar http://localhost:3001${path} | sed -nE 's/.*"id":"([^"]+)".*/\\1/p')`;

export const ROUTE_TEXTS: Readonly<Record<string, Readonly<Record<string, RouteText>>>> = {
  Accounts: {
    'POST /auth/register': {
      notes:
        'Both servers use one database of users, so each command takes another name. A second run of the same ' +
        'command answers 409.',
      errors: [
        'ERR_USERNAME_INVALID',
        ...BAD_PASSWORD,
        'ERR_USERNAME_TAKEN',
        'ERR_TOO_MANY_REGISTRATIONS',
        'ERR_PASSWORD_QUEUE_FULL',
      ],
      examples: {
        'stateless-api': { body: { username: 'ada', password: CHANGED }, keeps: 'ADA=id' },
        'stateful-api': { body: { username: 'grace', password: CHANGED }, keeps: 'GRACE=id' },
      },
    },
    'POST /auth/login': {
      notes: '`expiresIn` is in seconds. `-c jar` writes the cookie to the file `jar`, and `-b jar` sends it.',
      errors: ['ERR_CREDENTIALS_WRONG', 'ERR_ACCOUNT_CHANGED', 'ERR_TOO_MANY_ATTEMPTS', 'ERR_PASSWORD_QUEUE_FULL'],
      examples: {
        'stateless-api': { body: ALICE, keeps: 'TOKEN=accessToken' },
        'stateful-api': { body: ALICE, changesCookie: true },
      },
    },
    'GET /auth/me': { notes: 'The credential holds all that this route needs. No database is asked.' },
    'POST /auth/password': {
      notes:
        'The route requires the current password although the user is signed in, so that a thief of a session cannot ' +
        'take over the account. The stateful server ends the other sessions of the user before and after it stores ' +
        'the new password, and then gives the present session a new token. If the store fails in between, the answer ' +
        'is 503: send the same request again, and it finishes the work. The stateless server cannot end issued tokens.',
      errors: [
        'ERR_CURRENT_PASSWORD_WRONG',
        ...BAD_PASSWORD,
        'ERR_PASSWORD_CONFLICT',
        'ERR_USER_GONE',
        'ERR_TOO_MANY_ATTEMPTS',
        'ERR_PASSWORD_QUEUE_FULL',
      ],
      examples: {
        'stateless-api': { body: { currentPassword: PASSWORD, newPassword: CHANGED } },
        'stateful-api': { body: { currentPassword: CHANGED, newPassword: PASSWORD }, changesCookie: true },
      },
    },
  },
  Devices: {
    'GET /auth/sessions': {
      notes:
        "The sessions are the user's devices, oldest first. The times are ISO 8601 texts. `address` and `browser` " +
        '(`Firefox on Windows`) are those of the sign-in, and absent where they are unknown, as with ' +
        "`SESSION_ENGINE=fastify-session`. An `id` is the store's id of a session; the number in the cookie cannot be " +
        'derived from it.',
    },
    'DELETE /auth/sessions/{id}': {
      notes: "The id of another user's session is answered like an unknown id. Here, one device signs another one out.",
      errors: ['ERR_NOT_FOUND'],
      example: {
        before: [signIn('alice', 'phone-jar'), keepLastId('/auth/sessions')],
        values: { id: '$SESSION' },
      },
    },
  },
  'The cart': {
    'GET /cart': {
      notes:
        'The cart belongs to the session, not to the user: another device has another cart, and the cart ends with ' +
        'the session.',
    },
    'POST /cart/items': {
      notes:
        'An item replaces the item with the same `sku`. Beyond 100 items the oldest is removed. If another request ' +
        'changed the session first, the answer is 409: read again and retry.',
      errors: ['ERR_SESSION_CONFLICT', 'ERR_SESSION_DATA_TOO_LARGE'],
      example: { body: { sku: 'apples', quantity: 3 } },
    },
    'DELETE /cart/items/{sku}': { errors: ['ERR_SESSION_CONFLICT'], example: { values: { sku: 'apples' } } },
  },
  Administration: {
    'GET /admin/users': {
      notes: '`next`, if there is one, is `after` of the next page.',
      errors: ['ERR_VALIDATION'],
      example: { query: 'limit=2' },
    },
    'GET /admin/users/{id}': { errors: ['ERR_USER_UNKNOWN'], example: { values: BOB } },
    'POST /admin/users/{id}/disable': {
      notes: "A disabled user cannot sign in. At the stateful server, the user's sessions end.",
      errors: ['ERR_USER_UNKNOWN', 'ERR_LAST_ADMINISTRATOR'],
      example: { values: BOB },
    },
    'POST /admin/users/{id}/enable': { errors: ['ERR_USER_UNKNOWN'], example: { values: BOB } },
    'PUT /admin/users/{id}/roles': {
      notes:
        'New roles count in live sessions from the next request on (with `SESSION_ENGINE=fastify-session` the sessions ' +
        'end). A token that was issued before works with its roles until it expires.',
      errors: ['ERR_ROLES_INVALID', 'ERR_USER_UNKNOWN', 'ERR_LAST_ADMINISTRATOR'],
      example: { values: BOB, body: { roles: ['user'] } },
    },
    'DELETE /admin/users/{id}': {
      notes: "The user is gone, and the name stays taken for 30 days. At the stateful server, the user's sessions end.",
      errors: ['ERR_USER_UNKNOWN', 'ERR_LAST_ADMINISTRATOR'],
      examples: { 'stateless-api': { values: { id: '$ADA' } }, 'stateful-api': { values: { id: '$GRACE' } } },
    },
    'GET /admin/users/{id}/sessions': {
      example: { before: [signIn('bob', 'bob-jar')], values: BOB },
    },
    'DELETE /admin/users/{id}/sessions/{sessionId}': {
      errors: ['ERR_SESSION_UNKNOWN'],
      example: { before: [keepLastId('/admin/users/demo-bob/sessions')], values: { ...BOB, sessionId: '$SESSION' } },
    },
    'DELETE /admin/users/{id}/sessions': { example: { values: BOB } },
  },
  'Device-bound sessions': {
    'POST /auth/device/register': {
      notes:
        'Only with `SESSION_DEVICE_BOUND=1`, and over TLS. The proof is in the header `Secure-Session-Response`; this ' +
        'command has none. [device-bound.md](device-bound.md) has the sequence.',
      errors: [
        'ERR_DEVICE_PROOF_INVALID',
        'ERR_SESSION_INVALID',
        'ERR_DEVICE_REGISTRATION_CLOSED',
        'ERR_DEVICE_ALREADY_BOUND',
      ],
      example: { status: 400 },
    },
    'POST /auth/device/refresh': {
      notes:
        'Only with `SESSION_DEVICE_BOUND=1`. 403 has a challenge in `Secure-Session-Challenge`, and the browser signs it. ' +
        'This command comes without a session, so the answer ends the binding in the browser (`"continue":false`).',
      errors: ['ERR_DEVICE_CHALLENGED', 'ERR_DEVICE_PROOF_INVALID'],
      example: { header: 'Sec-Secure-Session-Id: b1' },
    },
  },
  'Sign-out': {
    'POST /auth/logout-all': {
      notes: 'The stateless server answers 501 `ERR_TOKENS_NOT_REVOCABLE`, because it keeps no list of its tokens.',
      examples: { 'stateful-api': { changesCookie: true } },
    },
    'POST /auth/logout': {
      notes:
        'The answer is 204 in any case, signed in or not. The stateless server has nothing to end: a copy of the token ' +
        'works until it expires.',
      examples: { 'stateful-api': { before: [signIn('alice', 'jar')], changesCookie: true } },
    },
  },
  'The server itself': {
    'GET /health': {},
    'GET /ready': {
      notes:
        'The answer is 503 while a store does not answer reads (`checks` names what failed) and while the server shuts ' +
        'down; then every answer has `Connection: close`. A store that answers reads and refuses writes has a failed ' +
        'check of its own, `redis-writes`. The answer stays 200, because users who are signed in can be served, unless ' +
        '`READY_NEEDS_WRITES=1`. Each check is a metric, too: `readiness_check{check}`.',
      errors: ['ERR_NOT_READY', 'ERR_DRAINING'],
    },
    'GET /.well-known/jwks.json': {
      notes:
        'RFC 7517. The list has the keys of `JWT_KEYS`. With `JWT_SECRET` it is empty, because that key also signs.',
    },
  },
};
