// What every user directory must keep, as tests. Two directories are open on one database, each with connections of its
// own, as two servers have.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, NAME_REST_MS, type NewUser, type User, type UserDirectory } from '../src/index.ts';

export interface TwoServers {
  readonly first: UserDirectory;
  readonly second: UserDirectory;
  /** The time of both, which the test moves. */
  readonly time: { now: number };
}

const dora: NewUser = { username: 'dora', passwordHash: 'h1', roles: ['user'] };
const START = Date.UTC(2026, 0, 1);

const collect = async (directory: UserDirectory, limit: number): Promise<string[]> => {
  const names: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await directory.list({ limit, ...(after !== undefined && { after }) });
    expect(page.users.length).toBeLessThanOrEqual(limit);
    names.push(...page.users.map(({ user }) => user.username));
    if (page.next === undefined) return names;
    after = page.next;
  }
};

async function add(directory: UserDirectory, user: Partial<NewUser> = {}): Promise<User> {
  const added = await directory.create({ ...dora, ...user });
  if (added === 'taken') throw new Error('The name is taken.');
  return added;
}

/** @param open gives two directories on an empty database with the time START */
export function testDirectory(name: string, open: (start: number) => Promise<TwoServers>): void {
  const openTwo = () => open(START);

  describe(`the directory on ${name}: the last administrator`, () => {
    const ADMIN = { roles: ['user', 'admin'] };

    it('is neither disabled nor deleted nor left without the role, and keeps all else', async () => {
      const { first, second } = await openTwo();
      const { id } = await add(first, ADMIN);
      await add(first, { username: 'erik' });
      const before = await second.findById(id);
      expect(await first.disable(id)).toBe('last-administrator');
      expect(await second.setRoles(id, ['user'])).toBe('last-administrator');
      expect(await second.remove(id)).toBe('last-administrator');
      expect(await first.findById(id)).toEqual(before);
      expect(await first.setRoles(id, ['admin'])).toBe('changed');
    });

    it('is one with exactly this role, not with Admin or another that resembles it', async () => {
      const { first } = await openTwo();
      const { id } = await add(first, ADMIN);
      await add(first, { username: 'erik', roles: ['Admin', 'admin2', 'x.admin'] });
      expect(await first.disable(id)).toBe('last-administrator');
    });

    it('is any of two, until the other is disabled', async () => {
      const { first, second } = await openTwo();
      const [one, other] = [await add(first, ADMIN), await add(first, { ...ADMIN, username: 'erik' })];
      expect(await first.disable(one.id)).toBe('disabled');
      expect(await second.setRoles(other.id, [])).toBe('last-administrator');
      expect(await first.disable(one.id)).toBe('disabled');
      await first.enable(one.id);
      expect(await second.setRoles(other.id, [])).toBe('changed');
      expect(await first.remove(one.id)).toBe('last-administrator');
    });

    it('is no user with a role that only looks similar', async () => {
      const { first } = await openTwo();
      await add(first, ADMIN);
      const { id } = await add(first, { username: 'erik', roles: ['administrator', 'my admin', 'x"admin"'] });
      expect(await first.disable(id)).toBe('disabled');
    });

    it('stays when two disable one another at the same moment, on two servers', async () => {
      const { first, second } = await openTwo();
      const [one, other] = [await add(first, ADMIN), await add(first, { ...ADMIN, username: 'erik' })];
      for (let round = 0; round < 20; round++) {
        const outcomes = await Promise.all([first.disable(one.id), second.disable(other.id)]);
        expect([...outcomes].sort()).toEqual(['disabled', 'last-administrator']);
        await first.enable(outcomes[0] === 'disabled' ? one.id : other.id);
      }
    });
  });

  describe(`the directory on ${name}: hashes`, () => {
    it('finds one that begins with none of the given texts, and none of a deleted user', async () => {
      const { first, second } = await openTwo();
      await add(first, { passwordHash: '$new$1' });
      await add(first, { username: 'erik', passwordHash: '$old%$1' });
      const gone = await add(first, { username: 'fay', passwordHash: '$gone$1' });
      await first.remove(gone.id);
      expect(await second.findHashUnlike(['$new$'])).toBe('$old%$1');
      expect(await second.findHashUnlike(['$new$', '$old_'])).toBe('$old%$1');
      expect(await second.findHashUnlike(['$new$', '$old%$'])).toBeUndefined();
      expect(await second.findHashUnlike([])).toMatch(/^\$(new|old%)\$1$/);
    });
  });

  describe(`the directory on ${name}: users`, () => {
    it('finds a user by id and by name in any case, also on another server', async () => {
      const { first, second } = await openTwo();
      const user = await add(first, { username: 'Dora' });
      const account: Account = {
        ...{ user, passwordHash: 'h1', status: 'active', createdAt: START, passwordChangedAt: START },
      };
      expect(user).toEqual({ id: expect.stringMatching(/^[\w-]{22}$/), username: 'Dora', roles: ['user'] });
      expect(await second.findByUsername('dORA')).toEqual(account);
      expect(await second.findById(user.id)).toEqual(account);
    });

    it('never overwrites a name or an id that is taken', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one' });
      expect(await second.create({ ...dora, username: 'Dora', passwordHash: 'h2' })).toBe('taken');
      expect(await second.create({ ...dora, id: 'one', username: 'erik' })).toBe('taken');
      expect(await first.findById('one')).toMatchObject({ passwordHash: 'h1', user: { username: 'dora' } });
      expect(await first.findByUsername('erik')).toBeUndefined();
    });

    it('gives a name to one of many concurrent registrations on two servers', async () => {
      const { first, second } = await openTwo();
      for (let round = 0; round < 10; round++) {
        const names = Array.from({ length: 10 }, (_, index) => `${index % 3 === 0 ? 'DORA' : 'dora'}${round}`);
        const outcomes = await Promise.all(
          names.map((username, index) => (index % 2 === 0 ? first : second).create({ ...dora, username })),
        );
        const [winner, ...others] = outcomes.filter((outcome) => outcome !== 'taken');
        expect(others).toEqual([]);
        expect((await second.findByUsername(`dora${round}`))?.user).toEqual(winner);
      }
    });

    it('returns frozen objects that never change afterwards', async () => {
      const { first } = await openTwo();
      const roles = ['user'];
      const { id } = await add(first, { roles });
      roles.push('admin');
      const before = await first.findById(id);
      await first.disable(id);
      expect(before).toMatchObject({ status: 'active', user: { roles: ['user'] } });
      expect([before, before?.user, before?.user.roles].every(Object.isFrozen)).toBe(true);
    });

    it.each(['__proto__', 'constructor', "'; drop table users; --", '%', '_', 'ß', '😀'])(
      'treats %s as an ordinary name and id',
      async (text) => {
        const { first } = await openTwo();
        expect(await first.findByUsername(text)).toBeUndefined();
        expect(await first.findById(text)).toBeUndefined();
        expect(await first.disable(text)).toBe('gone');
        expect(await first.create({ ...dora, id: text, username: text })).toMatchObject({ id: text, username: text });
        expect(await first.findByUsername(text)).toMatchObject({ user: { id: text } });
      },
    );

    it.each(['no\0body', '\ud800', 'a\udc00b'])('finds no user for %j, which no database stores', async (text) => {
      const { first } = await openTwo();
      await add(first, { id: '\ufffd', username: 'a\ufffdb' });
      const answers = [
        await first.findByUsername(text),
        await first.findById(text),
        await first.disable(text),
        await first.setPasswordHash(text, { from: 'h1', to: 'h2' }),
      ];
      expect(answers).toEqual([undefined, undefined, 'gone', 'gone']);
    });

    it('keeps names and roles as they were given', async () => {
      const { first, second } = await openTwo();
      const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((name) => !name.includes('\0'));
      await fc.assert(
        fc.asyncProperty(text, fc.array(text), async (username, roles) => {
          const added = await first.create({ username, passwordHash: 'h', roles });
          if (added === 'taken') return;
          expect((await second.findByUsername(username))?.user).toEqual({ id: added.id, username, roles });
          expect(await second.create({ username: username.toUpperCase(), passwordHash: 'h', roles })).toBe('taken');
        }),
        { numRuns: 50 },
      );
    });
  });

  describe(`the directory on ${name}: passwords`, () => {
    it('replaces a hash only if it is still the one that was read', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one' });
      expect(await second.setPasswordHash('one', { from: 'h0', to: 'h2' })).toBe('conflict');
      expect(await second.setPasswordHash('one', { from: 'h1', to: 'h2' })).toBe('changed');
      expect(await second.setPasswordHash('two', { from: 'h1', to: 'h2' })).toBe('gone');
      expect((await first.findById('one'))?.passwordHash).toBe('h2');
    });

    it('lets one of many concurrent changes of one hash win', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one', passwordHash: 'h' });
      for (let round = 0; round < 10; round++) {
        const from = (await first.findById('one'))?.passwordHash ?? '';
        const tries = Array.from({ length: 10 }, (_, index) => `${round}-${index}`);
        const outcomes = await Promise.all(
          tries.map((to, index) => (index % 2 === 0 ? first : second).setPasswordHash('one', { from, to })),
        );
        expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
        expect((await second.findById('one'))?.passwordHash).toBe(tries[outcomes.indexOf('changed')]);
      }
    });

    it('records when the password changed, and not when its hash was made stronger', async () => {
      const { first, second, time } = await openTwo();
      await add(first, { id: 'one' });
      time.now += 1_000;
      await first.setPasswordHash('one', { from: 'h1', to: 'h2', rehash: true });
      expect(await second.findById('one')).toMatchObject({ createdAt: START, passwordChangedAt: START });
      await first.setPasswordHash('one', { from: 'h2', to: 'h3' });
      expect(await second.findById('one')).toMatchObject({ createdAt: START, passwordChangedAt: START + 1_000 });
    });
  });

  describe(`the directory on ${name}: administration`, () => {
    it('disables and enables, as often as it is asked', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one' });
      expect([await first.disable('one'), await second.disable('one')]).toEqual(['disabled', 'disabled']);
      expect(await first.findById('one')).toMatchObject({ status: 'disabled' });
      expect([await first.enable('one'), await second.enable('one')]).toEqual(['enabled', 'enabled']);
      expect(await first.findById('one')).toMatchObject({ status: 'active' });
      expect([await first.enable('two'), await first.disable('two')]).toEqual(['gone', 'gone']);
    });

    it('replaces roles, and leaves everything else as it is', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one' });
      const before = await first.findById('one');
      expect(await first.setRoles('one', ['user', 'admin'])).toBe('changed');
      const user = { id: 'one', username: 'dora', roles: ['user', 'admin'] };
      expect(await second.findById('one')).toEqual({ ...before, user });
      expect(await first.setRoles('two', [])).toBe('gone');
    });

    it('loses no change when several are made at the same time', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one' });
      await Promise.all([
        first.disable('one'),
        second.setRoles('one', ['editor']),
        first.setPasswordHash('one', { from: 'h1', to: 'h2' }),
      ]);
      const user = { id: 'one', username: 'dora', roles: ['editor'] };
      expect(await first.findById('one')).toMatchObject({ status: 'disabled', passwordHash: 'h2', user });
    });

    it('finds and changes no user who was removed', async () => {
      const { first, second } = await openTwo();
      await add(first, { id: 'one' });
      expect(await first.remove('one')).toBe('removed');
      const answers = [
        await second.findById('one'),
        await second.findByUsername('dora'),
        await second.remove('one'),
        await second.enable('one'),
        await second.setRoles('one', ['editor']),
        await second.setPasswordHash('one', { from: 'h1', to: 'h2' }),
        await second.setPasswordHash('one', { from: '', to: 'h2' }),
      ];
      expect(answers).toEqual([undefined, undefined, 'gone', 'gone', 'gone', 'gone', 'gone']);
      expect(await second.list({ limit: 10 })).toEqual({ users: [] });
    });

    it('frees the name of a removed user after 30 days, and not earlier', async () => {
      const { first, second, time } = await openTwo();
      await add(first, { id: 'one' });
      await first.remove('one');
      time.now += NAME_REST_MS - 1;
      expect(await second.create({ ...dora, username: 'DORA' })).toBe('taken');
      time.now += 1;
      expect(await second.create({ ...dora, username: 'DORA' })).toMatchObject({ username: 'DORA' });
    });

    it('gives a name that becomes free to one of many concurrent registrations', async () => {
      const { first, second, time } = await openTwo();
      await add(first, { id: 'one' });
      await first.remove('one');
      time.now += NAME_REST_MS;
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? first : second).create(dora)),
      );
      expect(outcomes.filter((outcome) => outcome !== 'taken')).toHaveLength(1);
    });

    it('lists every user once, in the order of their names, whatever the size of a page', async () => {
      const { first, second } = await openTwo();
      const names = ['bob', 'Émile', 'ada', '😀', 'Zoë', 'Carl', 'émilie', 'z', '9'];
      for (const username of names) await add(first, { username });
      await first.disable((await first.findByUsername('z'))?.user.id ?? '');
      const order = ['9', 'ada', 'bob', 'Carl', 'z', 'Zoë', 'Émile', 'émilie', '😀'];
      for (const limit of [1, 2, 3, 9, 1_000]) expect(await collect(second, limit)).toEqual(order);
      const { users } = await second.list({ limit: 1, after: 'carl' });
      expect(users).toEqual([
        {
          user: expect.objectContaining({ username: 'z' }),
          ...{ status: 'disabled', createdAt: START, passwordChangedAt: START },
        },
      ]);
    });

    it.each([0, -1, 1.5, 1_001, Number.NaN])('refuses %j as the size of a page', async (limit) => {
      const { first } = await openTwo();
      await expect(async () => first.list({ limit })).rejects.toMatchObject({ code: 'ERR_ACCOUNTS_OPTION_INVALID' });
    });
  });
}
