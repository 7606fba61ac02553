// Mutants of invariants 18 to 22 and 26: which session is found under which name, and what is read.

import { AuthError, type SessionRecord } from '@statecraft/auth-core';
import { deriveSessionId } from '@statecraft/auth-core/store';
import { type BreakInstance, type Mutant, putBack } from './base.ts';

/** A store that uses less than the whole user id. */
function usersBy(shortenId: (userId: string) => string): () => BreakInstance {
  return () => {
    const idsByName = new Map<string, Set<string>>();
    return ({ store, raw }) => ({
      async create(session) {
        await store.create(session);
        if (session.subject?.userId === undefined) return;
        const ids = idsByName.get(shortenId(session.subject?.userId)) ?? new Set();
        idsByName.set(shortenId(session.subject?.userId), ids.add(session.id));
      },
      async list(userId) {
        await store.list(userId);
        return [...(idsByName.get(shortenId(userId)) ?? [])].flatMap((id) => raw.read(id) ?? []);
      },
      async destroyAll(userId) {
        const ending = [...(idsByName.get(shortenId(userId)) ?? [])].filter((id) => raw.read(id));
        for (const id of ending) raw.destroy(id);
        await store.destroyAll(userId);
        return ending.length;
      },
    });
  };
}

/** A store that takes other texts for a session's id. */
function idsBy(isSame: (id: string, asked: string) => boolean): () => BreakInstance {
  return () => {
    const known = new Set<string>();
    return ({ store }) => {
      const meant = (asked: string) => [...known].find((id) => isSame(id, asked)) ?? asked;
      return {
        async create(session) {
          await store.create(session);
          known.add(session.id);
        },
        read: (id) => store.read(meant(id)),
        update: (id, change) => store.update(meant(id), change),
        touch: (id, idleExpiresAt) => store.touch(meant(id), idleExpiresAt),
        destroy: (id) => store.destroy(meant(id)),
      };
    };
  };
}

/** A store that changes the data. */
function changeData(change: (data: string) => string): () => BreakInstance {
  return () =>
    ({ store }) => ({
      create: (session) => store.create({ ...session, data: change(session.data) }),
      update: (id, { data, ...rest }) => store.update(id, { ...rest, data: change(data) }),
    });
}

const makePattern = (text: string) =>
  new RegExp(
    `^${text
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
    's',
  );

export const contentMutants: readonly Mutant[] = [
  {
    name: 'rotate leaves the new id out of the index',
    caughtBy: 'list-is-exact',
    breakServer() {
      const unlisted = new Set<string>();
      return ({ store }) => ({
        async rotate(id, newId) {
          unlisted.add(newId);
          return store.rotate(id, newId);
        },
        list: async (userId) => (await store.list(userId)).filter(({ id }) => !unlisted.has(id)),
      });
    },
  },
  {
    name: 'destroy leaves the session in the index',
    caughtBy: 'list-is-exact',
    breakServer() {
      const ghosts: SessionRecord[] = [];
      return ({ store, raw }) => ({
        async destroy(id) {
          ghosts.push(...[raw.read(id)].filter((session) => session !== undefined));
          await store.destroy(id);
        },
        async list(userId) {
          return [...(await store.list(userId)), ...ghosts.filter((ghost) => ghost.subject?.userId === userId)];
        },
      });
    },
  },
  {
    name: 'list returns sessions in the order of the writes',
    caughtBy: 'list-is-exact',
    breakServer() {
      const order: string[] = [];
      return ({ store }) => ({
        async create(session) {
          await store.create(session);
          order.push(session.id);
        },
        async list(userId) {
          return [...(await store.list(userId))].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
        },
      });
    },
  },
  {
    name: 'list returns sessions as they were created',
    caughtBy: 'list-is-exact',
    breakServer() {
      const created = new Map<string, SessionRecord>();
      return ({ store }) => ({
        async create(session) {
          await store.create(session);
          created.set(session.id, { ...session, version: 1 });
        },
        list: async (userId) => (await store.list(userId)).map((session) => created.get(session.id) ?? session),
      });
    },
  },
  {
    name: 'user ids end at a NUL',
    caughtBy: 'hostile-user-ids',
    breakServer: usersBy((id) => id.replace(/\0.*$/s, '')),
  },
  { name: 'user ids are trimmed', caughtBy: 'hostile-user-ids', breakServer: usersBy((id) => id.trim()) },
  { name: 'user ids are lower-cased', caughtBy: 'hostile-user-ids', breakServer: usersBy((id) => id.toLowerCase()) },
  { name: 'user ids are normalised', caughtBy: 'hostile-user-ids', breakServer: usersBy((id) => id.normalize('NFC')) },
  {
    name: 'user ids are encoded as UTF-8',
    caughtBy: 'hostile-user-ids',
    breakServer: usersBy((id) => Buffer.from(id).toString()),
  },
  {
    name: 'user ids are cut after 255 characters',
    caughtBy: 'hostile-user-ids',
    breakServer: usersBy((id) => id.slice(0, 255)),
  },
  {
    name: 'user ids are properties of an object',
    caughtBy: 'hostile-user-ids',
    breakServer() {
      const ids: Record<string, string[]> = {};
      return ({ store, raw }) => ({
        async create(session) {
          await store.create(session);
          if (session.subject?.userId === undefined) return;
          ids[session.subject?.userId] ??= [];
          ids[session.subject?.userId]?.push?.(session.id);
        },
        async list(userId) {
          await store.list(userId);
          return Array.from(ids[userId] ?? []).flatMap((id) => raw.read(id) ?? []);
        },
      });
    },
  },
  {
    name: 'a user id is a pattern',
    caughtBy: 'hostile-user-ids',
    breakServer() {
      const users = new Set<string>();
      return ({ store, raw }) => ({
        async create(session) {
          await store.create(session);
          if (session.subject?.userId !== undefined) users.add(session.subject?.userId);
        },
        async list(userId) {
          await store.list(userId);
          const pattern = makePattern(userId.slice(0, 100));
          return [...users].filter((user) => pattern.test(user)).flatMap((user) => raw.list(user));
        },
      });
    },
  },
  { name: 'ids are trimmed', caughtBy: 'hostile-ids', breakServer: idsBy((id, asked) => asked.trim() === id) },
  { name: 'ids end at a NUL', caughtBy: 'hostile-ids', breakServer: idsBy((id, asked) => asked.split('\0')[0] === id) },
  {
    name: 'ids are compared without case',
    caughtBy: 'hostile-ids',
    breakServer: idsBy((id, asked) => asked.toLowerCase() === id.toLowerCase()),
  },
  {
    name: 'an id is a pattern',
    caughtBy: 'hostile-ids',
    breakServer: idsBy((id, asked) => makePattern(asked.slice(0, 100)).test(id)),
  },
  {
    name: 'the partition of an id is enough to find a session',
    caughtBy: 'hostile-ids',
    breakServer: idsBy((id, asked) => asked.length === 16 && id.startsWith(asked)),
  },
  {
    name: 'the end of an id is enough to find a session',
    caughtBy: 'hostile-ids',
    breakServer: idsBy((id, asked) => asked.length > 15 && id.endsWith(asked)),
  },
  {
    name: 'create stores its argument, not a copy',
    caughtBy: 'records-are-values',
    breakServer() {
      const given = new Map<string, SessionRecord>();
      return ({ store }) => ({
        async create(session) {
          await store.create(session);
          given.set(session.id, Object.assign(session, { version: 1 }));
        },
        async read(id) {
          const session = await store.read(id);
          return session?.version === 1 ? given.get(id) : session;
        },
      });
    },
  },
  {
    name: 'read returns the stored object, not a copy',
    caughtBy: 'records-are-values',
    breakServer() {
      const stored = new Map<string, { version: number; record: SessionRecord }>();
      return ({ store }) => ({
        async read(id) {
          const session = await store.read(id);
          if (session === undefined) return undefined;
          const kept = stored.get(id);
          if (kept?.version === session.version) return kept.record;
          const record = structuredClone(session);
          stored.set(id, { version: session.version, record });
          return record;
        },
      });
    },
  },
  {
    name: 'list returns its own array, not a copy',
    caughtBy: 'records-are-values',
    breakServer() {
      const lists = new Map<string, readonly SessionRecord[]>();
      return ({ store }) => ({
        async list(userId) {
          const fresh = await store.list(userId);
          const kept = lists.get(userId) ?? fresh;
          lists.set(userId, kept);
          return kept;
        },
      });
    },
  },
  {
    name: 'update changes an earlier result of read',
    caughtBy: 'records-are-values',
    breakServer() {
      const results = new Map<string, SessionRecord>();
      return ({ store }) => ({
        async read(id) {
          const session = await store.read(id);
          if (session === undefined) return undefined;
          const result = { ...session };
          results.set(id, result);
          return result;
        },
        async update(id, change) {
          const outcome = await store.update(id, change);
          Object.assign(results.get(id) ?? {}, { data: change.data });
          return outcome;
        },
      });
    },
  },
  {
    name: 'data is parsed and serialised again',
    caughtBy: 'text-is-kept-exactly',
    breakServer: changeData((data) => JSON.stringify(JSON.parse(data))),
  },
  { name: 'data is trimmed', caughtBy: 'text-is-kept-exactly', breakServer: changeData((data) => data.trim()) },
  {
    name: 'data is normalised',
    caughtBy: 'text-is-kept-exactly',
    breakServer: changeData((data) => data.normalize('NFC')),
  },
  {
    name: 'data is stored as Latin-1',
    caughtBy: 'text-is-kept-exactly',
    breakServer: changeData((data) => Buffer.from(data, 'latin1').toString('latin1')),
  },
  {
    name: 'data loses characters beyond the basic plane',
    caughtBy: 'text-is-kept-exactly',
    breakServer: changeData((data) => data.replace(/[\u{10000}-\u{10ffff}]/gu, '\ufffd')),
  },
  {
    name: 'data ends after 65,535 characters',
    caughtBy: 'text-is-kept-exactly',
    breakServer: changeData((data) => data.slice(0, 65_535)),
  },
  {
    name: 'a text that looks like a date becomes a number',
    caughtBy: 'values-are-json',
    breakServer: changeData((data) =>
      data.replace(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (_, text) => String(Date.parse(text))),
    ),
  },
  {
    name: 'characters beyond the basic plane are refused',
    caughtBy: 'values-are-json',
    breakServer: changeData((data) => {
      if (/[\u{10000}-\u{10ffff}]/u.test(data)) throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE');
      return data;
    }),
  },
  {
    name: 'an answer goes to the last caller',
    caughtBy: 'no-cross-talk',
    breakInstance: ({ store, step }) => {
      let asked = '';
      return {
        async read(id) {
          asked = id;
          await step();
          return store.read(asked);
        },
      };
    },
  },
  {
    name: 'answers are matched to calls by their order',
    caughtBy: 'no-cross-talk',
    breakServer() {
      const waiting: ((answer: SessionRecord | undefined) => void)[] = [];
      let questions = 0;
      return ({ store, step }) => ({
        async read(id) {
          const answer = new Promise<SessionRecord | undefined>((resolve) => waiting.push(resolve));
          // Every seventh call takes longer.
          if (++questions % 7 === 0) for (let steps = 0; steps < 5; steps++) await step();
          waiting.shift()?.(await store.read(id));
          return answer;
        },
      });
    },
  },
  {
    name: 'list uses the user id of another call',
    caughtBy: 'no-cross-talk',
    breakInstance: ({ store, step }) => {
      let user = '';
      return {
        async list(userId) {
          user ||= userId;
          await step();
          const found = await store.list(user);
          user = '';
          return found;
        },
      };
    },
  },
  {
    name: 'an id is accepted as a token',
    caughtBy: 'dump-holds-no-token',
    breakServer() {
      const known = new Set<string>();
      return ({ store }) => ({
        async create(session) {
          await store.create(session);
          known.add(session.id);
        },
        read: (id) => store.read([...known].find((other) => deriveSessionId(other) === id) ?? id),
      });
    },
  },
  {
    name: 'a session is found by its partition alone',
    caughtBy: 'dump-holds-no-token',
    breakServer() {
      const ids = new Map<string, string>();
      return ({ store, raw }) => ({
        async create(session) {
          await store.create(session);
          ids.set(session.id.slice(0, 16), session.id);
        },
        async read(id) {
          const session = raw.read(ids.get(id.slice(0, 16)) ?? id);
          await store.read(id);
          if (session) putBack(raw, session);
          return session;
        },
      });
    },
  },
];
