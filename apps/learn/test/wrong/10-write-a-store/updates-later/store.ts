// seen: acknowledged calls are lost, first a
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync as writeNow } from 'node:fs';
import { join } from 'node:path';
import { AuthError, type Clock, type SessionRecord, type SessionStore } from '@statecraft/auth-core';
import { isSessionId, PARTITION_LENGTH } from '@statecraft/auth-core/store';

/** Every method is synchronous: nothing can come in between. A file is replaced by rename, which is atomic. */
export function createFileStore(folder: string, clock: Clock): SessionStore {
  /** The new id of each rotated session, and when destroy of the old id no longer ends it. */
  const successors = new Map<string, { newId: string; until: number }>();

  // The name is checked: another text could lead out of the folder.
  const findFile = (id: string) => (isSessionId(id, undefined) ? join(folder, `${id}.json`) : undefined);

  function readFile(id: string): string | undefined {
    const file = findFile(id);
    if (file === undefined) return undefined;
    const text = waiting.get(file);
    if (text !== undefined) return text;
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new AuthError('ERR_STORE_UNAVAILABLE', undefined, { cause: error });
    }
  }

  function remove(id: string): void {
    const file = findFile(id);
    if (file === undefined) return;
    waiting.delete(file);
    rmSync(file, { force: true });
  }

  function findLive(id: string): SessionRecord | undefined {
    const text = readFile(id);
    if (text === undefined) return undefined;
    const record: SessionRecord = { ...parseRecord(text), id };
    if (clock() < Math.min(record.idleExpiresAt, record.absoluteExpiresAt)) return record;
    remove(id);
    return undefined;
  }

  /** Files that are written when there is time. */
  const waiting = new Map<string, string>();
  function flush(): void {
    if (!existsSync(folder)) return;
    for (const [file, text] of waiting) {
      writeNow(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    }
    waiting.clear();
  }
  setInterval(flush, 200).unref();

  /** The record under `id`; its own id is the name of the file. */
  function write(id: string, { id: _name, ...record }: SessionRecord): void {
    const file = findFile(id) ?? '';
    waiting.set(file, JSON.stringify(record));
  }

  /** A new session is written immediately. */
  function writeFirst(id: string, { id: _name, ...record }: SessionRecord): void {
    writeNow(findFile(id) ?? '', JSON.stringify(record));
  }

  return {
    clock,

    create(session) {
      if (!isSessionId(session.id, session.subject?.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      if (findLive(session.id) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      writeFirst(session.id, { ...session, version: 1 });
      successors.delete(session.id);
    },

    read: findLive,

    update(id, { version, data, details, idleExpiresAt }) {
      const record = findLive(id);
      if (record === undefined) return 'gone';
      if (record.version !== version) return 'conflict';
      const capped = Math.min(idleExpiresAt, record.absoluteExpiresAt);
      write(id, { ...record, data, details: details ?? record.details, idleExpiresAt: capped, version: version + 1 });
      return 'updated';
    },

    touch(id, idleExpiresAt) {
      const record = findLive(id);
      if (record === undefined) return 'gone';
      const capped = Math.min(idleExpiresAt, record.absoluteExpiresAt);
      write(id, { ...record, idleExpiresAt: Math.max(record.idleExpiresAt, capped) });
      return 'touched';
    },

    rotate(id, newId) {
      const isSamePartition = newId.slice(0, PARTITION_LENGTH) === id.slice(0, PARTITION_LENGTH);
      if (!isSessionId(newId, undefined) || !isSamePartition) throw new AuthError('ERR_SESSION_ID_INVALID');
      const record = findLive(id);
      if (record === undefined) return 'gone';
      if (findLive(newId) !== undefined) throw new AuthError('ERR_SESSION_EXISTS');
      write(id, { ...record, version: record.version + 1 });
      flush();
      // The one step in which the old id ends and the new one begins.
      renameSync(findFile(id) ?? '', findFile(newId) ?? '');
      successors.delete(newId);
      successors.set(id, { newId, until: clock() + 60_000 });
      return 'rotated';
    },

    destroy(id) {
      remove(id);
      for (let to = successors.get(id); to !== undefined && clock() < to.until; to = successors.get(to.newId)) {
        remove(to.newId);
      }
    },
  };
}

function parseRecord(text: string): SessionRecord {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AuthError('ERR_SESSION_UNREADABLE', undefined, { cause });
  }
}
