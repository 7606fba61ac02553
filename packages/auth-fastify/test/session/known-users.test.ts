// The users that are remembered: always those of the text that is stored now, and no more of them than there is room for.

import type { SessionRecord } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import { createKnownUsers } from '../../src/session/known-users.ts';
import { appWith, browserOf } from './app.ts';

const user = (username: string, id = 'ada') => ({ id, username, roles: ['member'] });
const recordOf = (data: object, id = 'one', userId: string | undefined = 'ada'): SessionRecord => ({
  id,
  userId,
  data: JSON.stringify(data),
  version: 1,
  createdAt: 0,
  idleExpiresAt: 1,
  absoluteExpiresAt: 1,
});

describe('the user of a session', () => {
  it('is parsed once for a text, and anew for another text of the same session', () => {
    const users = createKnownUsers();
    const first = users.userOf(recordOf({ user: user('Ada') }));
    expect(users.userOf(recordOf({ user: user('Ada') }))).toBe(first);
    expect(users.userOf(recordOf({ user: user('Lady Ada') }))).toEqual(user('Lady Ada'));
  });

  it('is nobody for text that names nobody, whenever it is asked', () => {
    const users = createKnownUsers();
    const record = recordOf({ user: user('Eve', 'eve') });
    expect([users.userOf(record), users.userOf(record)]).toEqual([undefined, undefined]);
  });

  it('is forgotten when it is told to, and when its text is long', () => {
    const users = createKnownUsers();
    const first = users.userOf(recordOf({ user: user('Ada') }));
    users.forget('one');
    expect(users.userOf(recordOf({ user: user('Ada') }))).not.toBe(first);
    const long = recordOf({ user: user('Ada'), note: 'x'.repeat(3000) }, 'long');
    expect(users.userOf(long)).not.toBe(users.userOf(long));
  });

  it('gives its place to one of sixteen who find no room, the oldest first', () => {
    const users = createKnownUsers(2);
    const kept = ['one', 'two'].map((id) => users.userOf(recordOf({ user: user('Ada') }, id)));
    const ask = (id: string) => users.userOf(recordOf({ user: user('Ada') }, id));
    for (let newcomer = 1; newcomer <= 15; newcomer++) ask(`newcomer ${newcomer}`);
    expect([ask('one'), ask('two')].map((known, at) => known === kept[at])).toEqual([true, true]);
    const sixteenth = ask('newcomer 16');
    expect([ask('newcomer 16') === sixteenth, ask('two') === kept[1]]).toEqual([true, true]);
    expect(ask('one')).not.toBe(kept[0]);
  });

  it('takes another text of a session that it knows, however full it is', () => {
    const users = createKnownUsers(1);
    users.userOf(recordOf({ user: user('Ada') }));
    const later = users.userOf(recordOf({ user: user('Lady Ada') }));
    expect(users.userOf(recordOf({ user: user('Lady Ada') }))).toBe(later);
  });
});

it('gives every request a principal of its own, also where the text is the same', async () => {
  const app = await appWith({
    routes: (on) =>
      on.get('/grab', ({ principal }) => {
        (principal as unknown as { roles: string[] }).roles.push('admin');
        return {};
      }),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  await ask('GET', '/grab');
  await ask('GET', '/grab');
  expect((await ask('GET', '/me')).json().user.roles).toEqual(['member']);
});
