// The sessions of a user.

import type { Clock } from '../../contracts/clock.ts';
import type { SessionRecord, UserSessions } from '../../contracts/store.ts';
import { derivePartition } from '../../session-token.ts';
import type { Connection } from './connection.ts';
import { decodeRow, encodeProfile, encodeUserId, isExpired, type SessionRow } from './record.ts';
import type { UserKey } from './writes.ts';

export function createUserSessions({ listUser, write }: Connection, clock: Clock): UserSessions {
  /** Removes what has expired before the list answers, so that no clock that is set back revives it. */
  async function expireAndList(key: UserKey, now: number): Promise<readonly SessionRecord[]> {
    // A file that refuses writes keeps them: they have expired all the same.
    await write('expireUser', now, key).catch(() => undefined);
    return decodeReadable(listUser(key).filter((row) => !isExpired(row, now)));
  }

  return {
    list(userId) {
      const key = makeUserKey(userId);
      const rows = listUser(key);
      const now = clock();
      return rows.some((row) => isExpired(row, now)) ? expireAndList(key, now) : decodeReadable(rows);
    },

    async destroyAll(userId, { except = '' } = {}) {
      return write('destroyAll', clock(), makeUserKey(userId), except);
    },

    async changeSubject(subject) {
      return write('changeSubject', clock(), makeUserKey(subject.userId), encodeProfile(subject));
    },
  };
}

const makeUserKey = (userId: string): UserKey => ({ partition: derivePartition(userId), user: encodeUserId(userId) });

/** Skips rows that cannot be read. */
function decodeReadable(rows: readonly SessionRow[]): SessionRecord[] {
  return rows.flatMap((row) => {
    try {
      return [decodeRow(row)];
    } catch {
      return [];
    }
  });
}
