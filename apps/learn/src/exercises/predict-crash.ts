// 4. Predict a crash: who will be signed out?

import { randomBytes, randomInt } from 'node:crypto';
import { StatefulClient, StatelessClient } from '@statecraft/auth-client';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import { type RunningApi, startApi } from '../start-api.ts';

type Mode = 'jwt' | 'memory';

interface Situation {
  /** How the servers remember their users. */
  readonly mode: Mode;
  /** Who signed in where. With affinity, all requests of a user go to this server, as long as it lives. */
  readonly users: readonly { readonly name: string; readonly server: string }[];
  readonly killed: string;
}

type Predict = (situation: Situation) => readonly string[];
type Client = StatefulClient | StatelessClient;

const READ = 'docs/course/3-scaling.md';
const PASSWORD = 'correct horse battery staple';

export const predictCrash: Exercise = {
  name: '04-predict-a-crash',
  title: 'Predict a crash',
  minutes: 20,
  hints: [
    'Where is what the server needs to recognise a user: at the client, or in the server?',
    'A killed server takes its memory along. What does a token need of the server that issued it?',
    'jwt: no user at all. memory: the users of the killed server, and no others.',
  ],
  learned: 'A crash takes what only the crashed process had. A signed token is not among it.',

  async check(folder) {
    const { predict } = await loadFunctions<{ predict: Predict }>(folder, 'prediction.ts', ['predict']);
    await checkMode(predict, 'memory');
    await checkMode(predict, 'jwt');
  },
};

async function checkMode(predict: Predict, mode: Mode): Promise<void> {
  await using fleet = await openFleet(mode);
  const { situation } = fleet;
  const predicted = readNames(predict(situation));
  const signedOut = await fleet.killAndAsk();
  expectThat(predicted.join() === signedOut.join(), {
    did: `${mode}, 3 servers, ${situation.users.length} users: ${describeUsers(situation)}; kill -9 of ${situation.killed}, then GET /auth/me of every user at a live server`,
    saw: `you predicted: ${predicted.join(', ') || 'no user'}`,
    expected: `signed out: ${signedOut.join(', ') || 'no user'}`,
    why:
      mode === 'jwt'
        ? 'Every server has the key, and the token holds the rest. The other servers accept it.'
        : 'The sessions of the killed server were in its memory only. The other servers still have theirs.',
    read: READ,
  });
}

function readNames(given: unknown): readonly string[] {
  expectThat(Array.isArray(given), {
    did: 'predict({ mode, users, killed })',
    saw: given instanceof Promise ? 'a promise' : String(given),
    expected: 'a list of names; an empty list if no user will be signed out',
    why: 'The check compares your list with the users who get 401.',
    read: 'exercises/04-predict-a-crash/README.md',
  });
  return given.map(String).sort();
}

const describeUsers = ({ users }: Situation): string =>
  users.map(({ name, server }) => `${name} at ${server}`).join(', ');

async function openFleet(mode: Mode) {
  const servers = new Map<string, RunningApi>();
  const secret = randomBytes(32).toString('hex');
  for (const name of ['server-1', 'server-2', 'server-3']) {
    servers.set(
      name,
      mode === 'jwt' ? await startApi('stateless-api', { JWT_SECRET: secret }) : await startApi('stateful-api'),
    );
  }
  const names = [...servers.keys()];
  const clients = new Map<string, Client>();
  const users = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const name = `user-${randomBytes(2).toString('hex')}`;
      const server = names[randomInt(names.length)] ?? '';
      clients.set(name, await signIn(mode, servers.get(server)?.url ?? '', name));
      return { name, server };
    }),
  );
  // The server of a user, so that the kill has a consequence to predict.
  const situation: Situation = { mode, users, killed: users[0]?.server ?? '' };

  return {
    situation,

    /** @returns the names of the users who are answered with 401, sorted */
    async killAndAsk(): Promise<string[]> {
      await servers.get(situation.killed)?.kill();
      const next = names.find((name) => name !== situation.killed) ?? '';
      const asked = await Promise.all(
        users.map(async ({ name, server }) => {
          const to = servers.get(server === situation.killed ? next : server)?.url ?? '';
          return { name, status: await ask(mode, to, clients.get(name)) };
        }),
      );
      return asked.flatMap(({ name, status }) => (status === 401 ? [name] : [])).sort();
    },

    async [Symbol.asyncDispose](): Promise<void> {
      for (const server of servers.values()) await server[Symbol.asyncDispose]();
    },
  };
}

const createClient = (mode: Mode, baseUrl: string): Client =>
  mode === 'jwt' ? new StatelessClient({ baseUrl }) : new StatefulClient({ baseUrl });

async function signIn(mode: Mode, baseUrl: string, name: string): Promise<Client> {
  const client = createClient(mode, baseUrl);
  await client.register(name, PASSWORD);
  await client.signIn(name, PASSWORD);
  return client;
}

async function ask(mode: Mode, baseUrl: string, client: Client | undefined): Promise<number> {
  const { status } = await createClient(mode, baseUrl)
    .withCredential(client?.credential() ?? '')
    .send('GET', '/auth/me');
  return status;
}
