// test:client-stateless and test:client-stateful: the course's clients against a running server.

import { once } from 'node:events';
import { connect } from 'node:net';
import * as authClient from '../packages/auth-client/src/index.ts';

const MODES = {
  stateless: { port: 3000, start: 'npm run server:stateless' },
  stateful: { port: 3001, start: 'npm run server:stateful' },
} as const;

const HELP = `npm run test:client-stateless | test:client-stateful [-- <url>]
Signs in, asks twice and signs out, printing what is sent and what each side remembers.
Exit code: 0 done, 1 the server refused, 3 no server answers.`;

const [mode, url] = process.argv.slice(2);
if (process.argv.includes('--help') || (mode !== 'stateless' && mode !== 'stateful')) {
  console.log(HELP);
  process.exitCode = process.argv.includes('--help') ? 0 : 2;
} else {
  const base = url ?? `http://127.0.0.1:${MODES[mode].port}`;
  if (!(await listens(base))) {
    console.error(`No server answers at ${base}. Start one in another terminal: ${MODES[mode].start}`);
    process.exitCode = 3;
  } else {
    await walk(mode, base);
  }
}

async function listens(base: string): Promise<boolean> {
  const { hostname, port } = new URL(base);
  const socket = connect({ host: hostname, port: Number(port) || 80 });
  const there = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return there;
}

/** What auth-client gives: the whole walk as one function. */
type WalkThrough = (options: { mode: string; url: string; print: (line: string) => void }) => Promise<void>;

async function walk(mode: string, url: string): Promise<void> {
  const { walkThrough } = authClient as { walkThrough?: WalkThrough };
  if (walkThrough === undefined) {
    console.error('packages/auth-client does not export walkThrough yet.');
    process.exitCode = 1;
    return;
  }
  await walkThrough({ mode, url, print: console.log }).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
