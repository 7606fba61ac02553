// A PostgreSQL from what there is, in this order: DATABASE_URL, the machine's own programs, those of the npm packages.

import { once } from 'node:events';
import { connect } from 'node:net';
import { startPostgres } from './postgres.ts';
import { findPostgresPrograms } from './postgres-programs.ts';

export interface FoundPostgres {
  readonly url: string;
  readonly from: 'DATABASE_URL' | 'machine' | 'npm';
  /** Ends a server that was started; one that was found goes on running. */
  stop(): Promise<void>;
}

const ANSWER_MS = 2_000;
/** Asks whether the server takes TLS, which any PostgreSQL answers with one letter (protocol 3.0, SSLRequest). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * A DATABASE_URL of another database (`sqlite:`) is passed over.
 * @returns undefined if there is none; `howToInstall('postgres')` gives the command to type.
 * @throws if DATABASE_URL names a PostgreSQL that does not answer.
 */
export async function findOrStartPostgres(env: NodeJS.ProcessEnv = process.env): Promise<FoundPostgres | undefined> {
  const url = env.DATABASE_URL ?? '';
  if (/^postgres(ql)?:/.test(url)) return useUrl(url);
  if (findPostgresPrograms() === undefined) return undefined;
  const server = await startPostgres();
  return { url: server.url, from: server.from, stop: () => server.stop() };
}

async function useUrl(url: string): Promise<FoundPostgres> {
  // The message has only the host, because the URL may hold a password.
  if (!URL.canParse(url)) throw new Error('DATABASE_URL is not a postgres:// URL.');
  const { hostname, port, host } = new URL(url);
  if (await isAnswering(hostname.replace(/^\[|\]$/g, ''), Number(port) || 5432)) {
    return { url, from: 'DATABASE_URL', stop: async () => {} };
  }
  throw new Error(`DATABASE_URL is set, but no PostgreSQL answers at ${host}.`);
}

async function isAnswering(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.write(SSL_REQUEST);
  let answer = '';
  socket.once('data', (chunk) => {
    answer = chunk.toString('latin1');
    socket.destroy();
  });
  await once(socket, 'close').catch(() => undefined);
  return answer === 'S' || answer === 'N';
}
