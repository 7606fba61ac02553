// test:client-stateless and test:client-stateful: the course's clients against a running server.

import { randomBytes } from 'node:crypto';
import { StatefulClient, StatelessClient, walkThrough } from '../packages/auth-client/src/index.ts';
import { readArguments, USAGE } from './arguments.ts';

const MODES = {
  stateless: {
    url: 'http://127.0.0.1:3000',
    start: 'npm run server:stateless',
    connect: (baseUrl: string) => new StatelessClient({ baseUrl }),
  },
  stateful: {
    url: 'http://127.0.0.1:3001',
    start: 'npm run server:stateful',
    connect: (baseUrl: string) => new StatefulClient({ baseUrl }),
  },
} as const;

const HELP = `npm run test:client-stateless | test:client-stateful [-- <url>] [--reveal]
Registers a new user, signs in, asks twice, signs out and shows the old credential again, printing what is sent and what
each side remembers. --reveal prints credentials and passwords in full.
Exit code: 0 done, 1 the server refused, 3 no server answers, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: { reveal: { type: 'boolean' } },
  positionals: 2,
});

if (typeof given === 'number') process.exitCode = given;
else {
  const [mode, url] = given.positionals;
  if (mode === 'stateless' || mode === 'stateful') {
    process.exitCode = await walk(mode, url ?? MODES[mode].url, given.values.reveal === true);
  } else {
    console.error(HELP);
    process.exitCode = USAGE;
  }
}

async function walk(mode: keyof typeof MODES, base: string, reveal: boolean): Promise<number> {
  const { connect, start } = MODES[mode];
  const username = `walker-${randomBytes(3).toString('hex')}`;
  const options = { username, password: 'correct horse battery staple', register: true, reveal, print: console.log };
  try {
    await walkThrough(connect(base), options);
    return 0;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    console.error(code === undefined ? message : `${code}: ${message}`);
    if (code === 'ERR_CLIENT_OPTION_INVALID') return USAGE;
    if (code !== 'ERR_CLIENT_UNREACHABLE') return 1;
    console.error(`Start a server in another terminal: ${start}`);
    return 3;
  }
}
