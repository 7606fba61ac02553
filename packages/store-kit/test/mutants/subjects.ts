// Mutants of invariants 28 to 32: the subject, the details, the clock, and damaged records.

import { AuthError, type NewSession, type SessionRecord, type Subject } from '@statecraft/auth-core';
import { type BreakInstance, type Mutant, putBack } from './base.ts';

/** A store whose create changes the subject. */
function changeSubjectAtCreate(change: (subject: Subject) => Partial<Subject>): BreakInstance {
  return ({ store }) => ({
    create(session: NewSession) {
      const { subject } = session;
      return store.create({ ...session, subject: subject && { ...subject, ...change(subject) } });
    },
  });
}

/** Keeps the fields of the details that this version knows. */
function pickKnownDetails(details: string): string {
  const { idleMs, device } = JSON.parse(details) as Record<string, unknown>;
  return JSON.stringify({ idleMs, device });
}

const subjectMutants: readonly Mutant[] = [
  {
    name: 'roles are stored as one text, separated by commas',
    caughtBy: 'subject-is-kept',
    breakInstance: changeSubjectAtCreate(({ roles }) => ({ roles: roles.join(',').split(',') })),
  },
  {
    name: 'roles are stored as a sorted set',
    caughtBy: 'subject-is-kept',
    breakInstance: changeSubjectAtCreate(({ roles }) => ({ roles: [...new Set(roles)].sort() })),
  },
  {
    name: 'names are trimmed',
    caughtBy: 'subject-is-kept',
    breakInstance: changeSubjectAtCreate(({ username }) => ({ username: username.trim() })),
  },
  {
    name: 'rotate drops the subject',
    caughtBy: 'subject-is-kept',
    breakInstance: ({ store, raw }) => ({
      async rotate(id, newId) {
        const outcome = await store.rotate(id, newId);
        const session = raw.read(newId);
        if (session) putBack(raw, { ...session, subject: undefined });
        return outcome;
      },
    }),
  },
  {
    name: 'update drops the roles',
    caughtBy: 'subject-is-kept',
    breakInstance: ({ store, raw }) => ({
      async update(id, change) {
        const outcome = await store.update(id, change);
        const session = raw.read(id);
        if (session?.subject) putBack(raw, { ...session, subject: { ...session.subject, roles: [] } });
        return outcome;
      },
    }),
  },
];

const detailsMutants: readonly Mutant[] = [
  {
    name: 'an update without details empties them',
    caughtBy: 'details-are-kept',
    breakInstance: ({ store }) => ({
      update: (id, change) => store.update(id, { ...change, details: change.details ?? '{}' }),
    }),
  },
  {
    name: 'an update cannot replace the details',
    caughtBy: 'details-are-kept',
    breakInstance: ({ store }) => ({
      update: (id, { details: _, ...change }) => store.update(id, change),
    }),
  },
  {
    name: 'rotate keeps only the details that it knows',
    caughtBy: 'details-are-kept',
    breakInstance: ({ store, raw }) => ({
      async rotate(id, newId) {
        const outcome = await store.rotate(id, newId);
        const session = raw.read(newId);
        if (session) putBack(raw, { ...session, details: pickKnownDetails(session.details) });
        return outcome;
      },
    }),
  },
  {
    name: 'touch keeps only the details that it knows',
    caughtBy: 'details-are-kept',
    breakInstance: ({ store, raw }) => ({
      async touch(id, idleExpiresAt) {
        const outcome = await store.touch(id, idleExpiresAt);
        const session = raw.read(id);
        if (session) putBack(raw, { ...session, details: pickKnownDetails(session.details) });
        return outcome;
      },
    }),
  },
];

const changeMutants: readonly Mutant[] = [
  {
    name: 'changeSubject changes one session after the other',
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ store, raw, step }) => ({
      async changeSubject(subject) {
        const sessions = await store.list(subject.userId);
        for (const { id } of sessions) {
          await step();
          const session = raw.read(id);
          if (session) putBack(raw, { ...session, subject });
        }
        return sessions.length;
      },
    }),
  },
  {
    name: 'changeSubject reads, then writes whole sessions',
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ store, raw, step }) => ({
      async changeSubject(subject) {
        const sessions = await store.list(subject.userId);
        await step();
        for (const session of sessions) putBack(raw, { ...session, subject });
        return sessions.length;
      },
    }),
  },
  {
    name: 'changeSubject raises the version',
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ store, raw }) => ({
      async changeSubject(subject) {
        const count = await store.changeSubject(subject);
        for (const { id, version, data, idleExpiresAt } of raw.list(subject.userId)) {
          raw.update(id, { version, data, idleExpiresAt });
        }
        return count;
      },
    }),
  },
  {
    name: 'changeSubject changes the roles, but not the name',
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ store, raw }) => ({
      changeSubject(subject) {
        const username = raw.list(subject.userId)[0]?.subject?.username ?? subject.username;
        return store.changeSubject({ ...subject, username });
      },
    }),
  },
  {
    name: "changeSubject changes only the user's newest session",
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ raw, step }) => ({
      async changeSubject(subject) {
        await step();
        const sessions = raw.list(subject.userId);
        const newest = sessions.at(-1);
        if (newest) putBack(raw, { ...newest, subject });
        return sessions.length;
      },
    }),
  },
  {
    name: 'changeSubject counts expired sessions, and revives them',
    caughtBy: 'change-subject-is-atomic',
    breakServer() {
      const created = new Map<string, SessionRecord>();
      return ({ store, raw, clock }) => ({
        async create(session) {
          await store.create(session);
          created.set(session.id, { ...session, version: 1 });
        },
        async changeSubject(subject) {
          const expired = [...created.values()].filter(
            (session) => session.subject?.userId === subject.userId && session.idleExpiresAt <= clock(),
          );
          for (const session of expired) putBack(raw, { ...session, idleExpiresAt: clock() + 1 });
          return store.changeSubject(subject);
        },
      });
    },
  },
  {
    name: 'update writes back the subject that it read',
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ store, raw, step }) => ({
      async update(id, change) {
        const before = await store.read(id);
        await step();
        const outcome = raw.update(id, change);
        const session = raw.read(id);
        if (before && session && outcome === 'updated') putBack(raw, { ...session, subject: before.subject });
        return outcome;
      },
    }),
  },
  {
    name: 'rotate writes back the subject that it read',
    caughtBy: 'change-subject-is-atomic',
    breakInstance: ({ store, raw, step }) => ({
      async rotate(id, newId) {
        const before = await store.read(id);
        await step();
        const outcome = raw.rotate(id, newId);
        const session = raw.read(newId);
        if (before && session && outcome === 'rotated') putBack(raw, { ...session, subject: before.subject });
        return outcome;
      },
    }),
  },
  {
    name: 'an instance caches the subject that it has read',
    caughtBy: 'change-subject-is-atomic',
    breakInstance({ store }) {
      const subjects = new Map<string, Subject | undefined>();
      return {
        async read(id) {
          const session = await store.read(id);
          if (session === undefined) return undefined;
          if (!subjects.has(id)) subjects.set(id, session.subject);
          return { ...session, subject: subjects.get(id) };
        },
      };
    },
  },
];

const clockMutants: readonly Mutant[] = [
  {
    name: 'the store offers a clock that is a ms behind',
    caughtBy: 'clock-is-offered',
    breakInstance: ({ clock }) => ({ clock: () => clock() - 1 }),
  },
  {
    name: 'the store offers a clock of whole seconds',
    caughtBy: 'clock-is-offered',
    breakInstance: ({ clock }) => ({ clock: () => Math.floor(clock() / 1_000) * 1_000 }),
  },
  {
    name: 'the store offers the time at which it was opened',
    caughtBy: 'clock-is-offered',
    breakInstance({ clock }) {
      const openedAt = clock();
      return { clock: () => openedAt };
    },
  },
];

const damageMutants: readonly Mutant[] = [
  {
    name: 'a damaged record reads as no session',
    caughtBy: 'unreadable-is-refused',
    breakInstance: ({ store, damaged }) => ({
      read: async (id) => (damaged.has(id) ? undefined : store.read(id)),
    }),
  },
  {
    name: 'a damaged record reads as an anonymous session',
    caughtBy: 'unreadable-is-refused',
    breakInstance: ({ store, raw, damaged }) => ({
      async read(id) {
        const session = damaged.has(id) ? raw.read(id) : undefined;
        return session ? { ...session, subject: undefined } : store.read(id);
      },
    }),
  },
  {
    name: 'a damaged record makes list fail',
    caughtBy: 'unreadable-is-refused',
    breakInstance: ({ store, raw, damaged }) => ({
      async list(userId) {
        if (raw.list(userId).some(({ id }) => damaged.has(id))) throw new AuthError('ERR_SESSION_UNREADABLE');
        return store.list(userId);
      },
    }),
  },
  {
    name: 'list shows a damaged record',
    caughtBy: 'unreadable-is-refused',
    breakInstance: ({ raw }) => ({ list: async (userId) => raw.list(userId) }),
  },
  {
    name: 'destroy leaves a damaged record',
    caughtBy: 'unreadable-is-refused',
    breakInstance: ({ store, damaged }) => ({
      destroy: async (id) => (damaged.has(id) ? undefined : store.destroy(id)),
    }),
  },
  {
    name: 'destroyAll leaves damaged records',
    caughtBy: 'unreadable-is-refused',
    breakInstance: ({ store, raw }) => ({
      async destroyAll(userId) {
        const sessions = await store.list(userId);
        for (const { id } of sessions) raw.destroy(id);
        return sessions.length;
      },
    }),
  },
];

export const subjectAndRecordMutants: readonly Mutant[] = [
  ...subjectMutants,
  ...detailsMutants,
  ...changeMutants,
  ...clockMutants,
  ...damageMutants,
];
