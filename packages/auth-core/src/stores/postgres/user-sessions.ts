// The sessions of a user: one statement each.

import type { SessionRecord, UserSessions } from '../../contracts/store.ts';
import { derivePartition, isSessionId, PARTITION_LENGTH } from '../../session-token.ts';
import type { StatementOptions, Value } from './query.ts';
import { decodeSession, formatProfile, formatUserId, isExpired, isUtf8, type SessionRow } from './record.ts';

/** A user id that is not UTF-8 has no session: create refuses it. */
export function createUserSessions({ statements, query, perform, clock }: StatementOptions): UserSessions {
  async function listLive(user: readonly Value[]): Promise<readonly SessionRecord[]> {
    const { rows } = await query<SessionRow>(statements.list, user);
    const sessions = rows.flatMap(decodeReadable);
    const now = clock();
    const live = sessions.filter((session) => !isExpired(session, now));
    // So that no clock that is set back revives them. A server that refuses writes keeps them.
    if (live.length < sessions.length) await query(statements.reapUser, [...user, now]).catch(() => undefined);
    return live;
  }

  return {
    list: (userId) => (isUtf8(userId) ? perform(() => listLive(formatUser(userId))) : []),

    async destroyAll(userId, { except } = {}) {
      if (!isUtf8(userId)) return 0;
      const kept = except !== undefined && isSessionId(except, userId) ? except : '';
      const values = [...formatUser(userId), kept];
      const { rows } = await perform(() => query<[string]>(statements.destroyAll, [...values, clock()]));
      return Number(rows[0]?.[0]);
    },

    async changeSubject(subject) {
      if (!isUtf8(subject.userId)) return 0;
      const user = formatUser(subject.userId);
      return perform(async () => {
        const now = clock();
        const { rowCount } = await query(statements.changeSubject, [...user, formatProfile(subject), now]);
        if (rowCount === 0) await query(statements.reapUser, [...user, now]);
        return rowCount;
      });
    },
  };
}

/** `$1` to `$3` of the statements for a user. */
const formatUser = (userId: string): Value[] => [...formatRange(derivePartition(userId)), formatUserId(userId)];

/** The partition of this id, and the end of its range: `{` comes after `z`, the last character of an id. */
export const formatPartitionRange = (id: string): [from: string, to: string] =>
  formatRange(id.slice(0, PARTITION_LENGTH));

const formatRange = (partition: string): [from: string, to: string] => [partition, `${partition}{`];

/** Skips a row that cannot be read. */
function decodeReadable(row: SessionRow): SessionRecord[] {
  try {
    return [decodeSession(row)];
  } catch {
    return [];
  }
}
