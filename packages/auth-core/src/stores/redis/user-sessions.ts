// The sessions of a user: one script each, on the user's hash.

import type { Clock } from '../../contracts/clock.ts';
import type { SessionRecord, UserSessions } from '../../contracts/store.ts';
import { derivePartition, isSessionId } from '../../session-token.ts';
import type { RunScript } from './commands.ts';
import { decodeRecord, encodeText, formatProfile, isExpired, isUtf8, readField } from './record.ts';
import { CHANGE_SUBJECT, DESTROY_ALL, LIST } from './scripts.ts';

/** A user id that is not UTF-8 has no session: create refuses it. */
export function createUserSessions(run: RunScript, prefix: string, clock: Clock): UserSessions {
  return {
    async list(userId) {
      if (!isUtf8(userId)) return [];
      const partition = derivePartition(userId);
      const sessions = decodeSessions(partition, (await run(LIST, prefix + partition, [])) as Buffer[]);
      const now = clock();
      return sessions
        .filter((session) => session.subject?.userId === userId && !isExpired(session, now))
        .sort((a, b) => a.createdAt - b.createdAt);
    },

    async destroyAll(userId, { except } = {}) {
      if (!isUtf8(userId)) return 0;
      const kept = except !== undefined && isSessionId(except, userId) ? readField(except) : '';
      return Number(await run(DESTROY_ALL, prefix + derivePartition(userId), [userId, kept]));
    },

    async changeSubject(subject) {
      const { userId } = subject;
      if (!isUtf8(userId)) return 0;
      const args = [userId, encodeText(formatProfile(subject))];
      return Number(await run(CHANGE_SUBJECT, prefix + derivePartition(userId), args));
    },
  };
}

/** The sessions of LIST's answer: field, value, field, value … Skips values that cannot be read. */
function decodeSessions(partition: string, words: readonly Buffer[]): SessionRecord[] {
  const sessions: SessionRecord[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [field, value] = words.slice(at, at + 2) as [Buffer, Buffer];
    try {
      const session = decodeRecord(partition + field, value);
      if (session !== undefined) sessions.push(session);
    } catch {
      // A profile that is no JSON. Lua does not parse it.
    }
  }
  return sessions;
}
