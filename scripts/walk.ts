// test:client-stateless and test:client-stateful: the course's clients at a running server.

import { randomBytes } from 'node:crypto';
import { walkThrough } from '@statecraft/auth-client';
import { formatCommand, readArguments, refuseUsage, USAGE } from '@statecraft/infra-dev';
import { MODES, type WalkMode } from './docs/walks.ts';

const HELP = `${formatCommand('test:client-stateless', ['[url]', '[--reveal]'])}
${formatCommand('test:client-stateful', ['[url]', '[--reveal]'])}
Registers a new user, signs in, makes two requests, signs out and shows the old credential again. Prints what is sent and
what each side remembers. --reveal prints credentials and passwords in full.
Exit code: 0 done, 1 the server refused, 3 no server answers, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: { reveal: { type: 'boolean' } },
  positionals: 2,
});

if (typeof given === 'number') process.exitCode = given;
else {
  const [mode = '', url] = given.positionals;
  process.exitCode =
    mode === 'stateless' || mode === 'stateful'
      ? await walk(mode, url ?? `http://127.0.0.1:${MODES[mode].port}`, given.values.reveal === true)
      : refuseUsage(`Unknown client "${mode}".`, HELP);
}

async function walk(mode: WalkMode, url: string, reveal: boolean): Promise<number> {
  const username = `walker-${randomBytes(3).toString('hex')}`;
  const options = { username, password: 'correct horse battery staple', register: true, reveal, print: console.log };
  try {
    await walkThrough(MODES[mode].connect(url), options);
    return 0;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    console.error(code === undefined ? message : `${code}: ${message}`);
    if (code === 'ERR_CLIENT_OPTION_INVALID') return USAGE;
    if (code !== 'ERR_CLIENT_UNREACHABLE') return 1;
    console.error(`Start a server in another terminal: ${formatCommand(`server:${mode}`)}`);
    return 3;
  }
}
