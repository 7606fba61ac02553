// Mutants of invariants 18 to 22 and 26: what is found under which name, and what comes back.

import { AuthError, type SessionRecord, sessionIdOf } from '../../../src/index.ts';
import { type Break, type Mutant, putBack } from './base.ts';

/** A store that knows its users by something less than their ids. */
function usersBy(nameOf: (userId: string) => string): () => Break {
  return () => {
    const idsOf = new Map<string, Set<string>>();
    return ({ store, raw }) => ({
      async create(session) {
        await store.create(session);
        if (session.userId === undefined) return;
        const ids = idsOf.get(nameOf(session.userId)) ?? new Set();
        idsOf.set(nameOf(session.userId), ids.add(session.id));
      },
      async list(userId) {
        await store.list(userId);
        return [...(idsOf.get(nameOf(userId)) ?? [])].flatMap((id) => raw.read(id) ?? []);
      },
      async destroyAll(userId) {
        const ending = [...(idsOf.get(nameOf(userId)) ?? [])].filter((id) => raw.read(id));
        for (const id of ending) raw.destroy(id);
        await store.destroyAll(userId);
        return ending.length;
      },
    });
  };
}

/** A store that takes other texts for a session's id, too. */
function idsBy(isSame: (id: string, asked: string) => boolean): () => Break {
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

/** A store that keeps another text than it was given. */
function keeping(change: (data: string) => string): () => Break {
  return () =>
    ({ store }) => ({
      create: (session) => store.create({ ...session, data: change(session.data) }),
      update: (id, { data, ...rest }) => store.update(id, { ...rest, data: change(data) }),
    });
}

const patternOf = (text: string) =>
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
    caughtBy: 'index-is-what-lives',
    make() {
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
    caughtBy: 'index-is-what-lives',
    make() {
      const ghosts: SessionRecord[] = [];
      return ({ store, raw }) => ({
        async destroy(id) {
          ghosts.push(...[raw.read(id)].filter((session) => session !== undefined));
          await store.destroy(id);
        },
        async list(userId) {
          return [...(await store.list(userId)), ...ghosts.filter((ghost) => ghost.userId === userId)];
        },
      });
    },
  },
  {
    name: 'list shows sessions in the order in which they were written',
    caughtBy: 'index-is-what-lives',
    make() {
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
    name: 'list shows sessions as they were created',
    caughtBy: 'index-is-what-lives',
    make() {
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
  { name: 'user ids end at a NUL', caughtBy: 'hostile-user-ids', make: usersBy((id) => id.replace(/\0.*$/s, '')) },
  { name: 'user ids are trimmed', caughtBy: 'hostile-user-ids', make: usersBy((id) => id.trim()) },
  { name: 'user ids are in lower case', caughtBy: 'hostile-user-ids', make: usersBy((id) => id.toLowerCase()) },
  { name: 'user ids are normalised', caughtBy: 'hostile-user-ids', make: usersBy((id) => id.normalize('NFC')) },
  {
    name: 'user ids are bytes of UTF-8',
    caughtBy: 'hostile-user-ids',
    make: usersBy((id) => Buffer.from(id).toString()),
  },
  { name: 'user ids are cut at 255', caughtBy: 'hostile-user-ids', make: usersBy((id) => id.slice(0, 255)) },
  {
    name: 'user ids are properties of an object',
    caughtBy: 'hostile-user-ids',
    make() {
      const ids: Record<string, string[]> = {};
      return ({ store, raw }) => ({
        async create(session) {
          await store.create(session);
          if (session.userId === undefined) return;
          ids[session.userId] ??= [];
          ids[session.userId]?.push?.(session.id);
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
    make() {
      const users = new Set<string>();
      return ({ store, raw }) => ({
        async create(session) {
          await store.create(session);
          if (session.userId !== undefined) users.add(session.userId);
        },
        async list(userId) {
          await store.list(userId);
          const pattern = patternOf(userId.slice(0, 100));
          return [...users].filter((user) => pattern.test(user)).flatMap((user) => raw.list(user));
        },
      });
    },
  },
  { name: 'ids are trimmed', caughtBy: 'hostile-ids', make: idsBy((id, asked) => asked.trim() === id) },
  { name: 'ids end at a NUL', caughtBy: 'hostile-ids', make: idsBy((id, asked) => asked.split('\0')[0] === id) },
  {
    name: 'ids are compared without case',
    caughtBy: 'hostile-ids',
    make: idsBy((id, asked) => asked.toLowerCase() === id.toLowerCase()),
  },
  {
    name: 'an id is a pattern',
    caughtBy: 'hostile-ids',
    make: idsBy((id, asked) => patternOf(asked.slice(0, 100)).test(id)),
  },
  {
    name: 'the partition of an id is enough',
    caughtBy: 'hostile-ids',
    make: idsBy((id, asked) => asked.length === 16 && id.startsWith(asked)),
  },
  {
    name: 'the end of an id is enough',
    caughtBy: 'hostile-ids',
    make: idsBy((id, asked) => asked.length > 15 && id.endsWith(asked)),
  },
  {
    name: 'create keeps the object that it was given',
    caughtBy: 'records-are-values',
    make() {
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
    name: 'read hands out what is stored',
    caughtBy: 'records-are-values',
    make() {
      const stored = new Map<string, { version: number; record: SessionRecord }>();
      return ({ store }) => ({
        async read(id) {
          const session = await store.read(id);
          if (session === undefined) return undefined;
          const kept = stored.get(id);
          if (kept?.version === session.version) return kept.record;
          stored.set(id, { version: session.version, record: session });
          return session;
        },
      });
    },
  },
  {
    name: 'list hands out its own array',
    caughtBy: 'records-are-values',
    make() {
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
    name: 'update changes the record that read returned',
    caughtBy: 'records-are-values',
    make() {
      const handedOut = new Map<string, SessionRecord>();
      return ({ store }) => ({
        async read(id) {
          const session = await store.read(id);
          if (session) handedOut.set(id, session);
          return session;
        },
        async update(id, change) {
          const outcome = await store.update(id, change);
          Object.assign(handedOut.get(id) ?? {}, { data: change.data });
          return outcome;
        },
      });
    },
  },
  {
    name: 'data is parsed and written anew',
    caughtBy: 'data-to-the-letter',
    make: keeping((data) => JSON.stringify(JSON.parse(data))),
  },
  { name: 'data is trimmed', caughtBy: 'data-to-the-letter', make: keeping((data) => data.trim()) },
  { name: 'data is normalised', caughtBy: 'data-to-the-letter', make: keeping((data) => data.normalize('NFC')) },
  {
    name: 'data has one byte for each letter',
    caughtBy: 'data-to-the-letter',
    make: keeping((data) => Buffer.from(data, 'latin1').toString('latin1')),
  },
  {
    name: 'data has two bytes for each letter, and none for more',
    caughtBy: 'data-to-the-letter',
    make: keeping((data) => data.replace(/[\u{10000}-\u{10ffff}]/gu, '\ufffd')),
  },
  {
    name: 'data ends after 65,535 characters',
    caughtBy: 'data-to-the-letter',
    make: keeping((data) => data.slice(0, 65_535)),
  },
  {
    name: 'what looks like a date becomes one',
    caughtBy: 'same-verdict-everywhere',
    make: keeping((data) => data.replace(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (_, text) => String(Date.parse(text)))),
  },
  {
    name: 'letters beyond the basic plane are refused',
    caughtBy: 'same-verdict-everywhere',
    make: keeping((data) => {
      if (/[\u{10000}-\u{10ffff}]/u.test(data)) throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE');
      return data;
    }),
  },
  {
    name: 'an answer goes to who asked last',
    caughtBy: 'no-cross-talk',
    make:
      () =>
      ({ store, step }) => {
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
    name: 'answers are given out in the order of the questions, whichever came first',
    caughtBy: 'no-cross-talk',
    make() {
      const waiting: ((answer: SessionRecord | undefined) => void)[] = [];
      let questions = 0;
      return ({ store, step }) => ({
        async read(id) {
          const answer = new Promise<SessionRecord | undefined>((resolve) => waiting.push(resolve));
          // Every seventh takes longer.
          if (++questions % 7 === 0) for (let steps = 0; steps < 5; steps++) await step();
          waiting.shift()?.(await store.read(id));
          return answer;
        },
      });
    },
  },
  {
    name: 'a user is found by the first session that a pool handed out',
    caughtBy: 'no-cross-talk',
    make:
      () =>
      ({ store, step }) => {
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
    name: 'an id is taken for a token',
    caughtBy: 'dump-holds-no-token',
    make() {
      const known = new Set<string>();
      return ({ store }) => ({
        async create(session) {
          await store.create(session);
          known.add(session.id);
        },
        read: (id) => store.read([...known].find((other) => sessionIdOf(other) === id) ?? id),
      });
    },
  },
  {
    name: 'a session is found by its partition alone',
    caughtBy: 'dump-holds-no-token',
    make() {
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
