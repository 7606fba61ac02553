// Both ways to the file, reader and writer. If the file is removed or replaced, or if the thread ends, every call fails
// until the connection works again: nothing is read from a file that other processes do not have.

import { stat } from 'node:fs/promises';
import { AuthError } from '../../errors.ts';
import { createSqliteError } from './failure.ts';
import { createMissingError, openToRead } from './file.ts';
import type { ThreadOptions } from './messages.ts';
import { createReader, type Reader } from './reader.ts';
import { openWriter, type Writer } from './writer.ts';

export interface Connection {
  readClockOrigin(): number;
  readonly find: Reader['find'];
  readonly listUser: Reader['listUser'];
  readonly hasExpired: Reader['hasExpired'];
  readonly write: Writer['write'];
  close(): Promise<void>;
}

interface Ends {
  readonly reader: Reader;
  readonly writer: Writer;
}

/**
 * @param heartbeatMs ms between two looks at the file
 * @throws ERR_OPTION_INVALID, ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
 */
export async function openConnection(options: ThreadOptions, heartbeatMs: number): Promise<Connection> {
  let ends = await openEnds(options);
  let problem: AuthError | undefined;
  let look: Promise<void> | undefined;

  async function lookAtFile(): Promise<void> {
    const identity = await identify(options.path);
    const isSame = identity === ends.writer.file.identity;
    if (isSame && ends.writer.isAlive()) problem = undefined;
    else {
      problem ??= isSame ? new AuthError('ERR_STORE_UNAVAILABLE') : createSqliteError(createMissingError(options.path));
      // A file that is gone is not made again: other processes may still use the one that was removed.
      if (identity !== undefined) await reopen();
    }
  }

  async function reopen(): Promise<void> {
    const next = await openEnds({ ...options, create: false });
    const former = ends;
    ends = next;
    problem = undefined;
    await closeEnds(former);
  }

  function useReader(): Reader {
    if (problem !== undefined) throw problem;
    return ends.reader;
  }

  const timer = setInterval(() => {
    look ??= lookAtFile()
      .catch(() => undefined)
      .finally(() => {
        look = undefined;
      });
  }, heartbeatMs);
  timer.unref();

  return {
    readClockOrigin: () => ends.writer.file.clockOrigin,
    find: (id) => useReader().find(id),
    listUser: (key) => useReader().listUser(key),
    hasExpired: (now) => useReader().hasExpired(now),
    write(name, ...args) {
      return problem === undefined ? ends.writer.write(name, ...args) : Promise.reject(problem);
    },
    async close() {
      clearInterval(timer);
      await look;
      await closeEnds(ends);
    },
  };
}

async function openEnds(options: ThreadOptions): Promise<Ends> {
  const writer = await openWriter(options);
  try {
    return { writer, reader: createReader(openToRead(options.path)) };
  } catch (error) {
    await writer.close();
    throw createSqliteError(error, options.path);
  }
}

async function closeEnds({ reader, writer }: Ends): Promise<void> {
  reader.close();
  await writer.close();
}

async function identify(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}
