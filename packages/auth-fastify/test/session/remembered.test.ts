// What is remembered of sessions: always what the text that is stored now makes, and no more than there is room for.

import type { SessionRecord } from '@statecraft/auth-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storedUserOf } from '../../src/session/principal-of.ts';
import { copyOf, createRemembered } from '../../src/session/remembered.ts';
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

const ROOMY = { sessions: 10_000, units: 1_000_000 };

describe('the user of a session', () => {
  it('is parsed once for a text, and anew for another text of the same session', () => {
    const users = createRemembered(storedUserOf, ROOMY);
    const first = users.of(recordOf({ user: user('Ada') }));
    expect(users.of(recordOf({ user: user('Ada') }))).toBe(first);
    expect(users.of(recordOf({ user: user('Lady Ada') }))).toEqual(user('Lady Ada'));
  });

  it('is nobody for text that names nobody, whenever it is asked', () => {
    const users = createRemembered(storedUserOf, ROOMY);
    const record = recordOf({ user: user('Eve', 'eve') });
    expect([users.of(record), users.of(record)]).toEqual([undefined, undefined]);
  });

  it('is forgotten when it is told to, and when its text is long', () => {
    const users = createRemembered(storedUserOf, ROOMY);
    const first = users.of(recordOf({ user: user('Ada') }));
    users.forget('one');
    expect(users.of(recordOf({ user: user('Ada') }))).not.toBe(first);
    const long = recordOf({ user: user('Ada'), note: 'x'.repeat(1_000) }, 'long');
    expect(users.of(long)).not.toBe(users.of(long));
  });

  it('gives its place to one of sixteen who find no room, the oldest first', () => {
    const users = createRemembered(storedUserOf, { sessions: 2, units: 1_000_000 });
    const kept = ['one', 'two'].map((id) => users.of(recordOf({ user: user('Ada') }, id)));
    const ask = (id: string) => users.of(recordOf({ user: user('Ada') }, id));
    for (let newcomer = 1; newcomer <= 15; newcomer++) ask(`newcomer ${newcomer}`);
    expect([ask('one'), ask('two')].map((known, at) => known === kept[at])).toEqual([true, true]);
    const sixteenth = ask('newcomer 16');
    expect([ask('newcomer 16') === sixteenth, ask('two') === kept[1]]).toEqual([true, true]);
    expect(ask('one')).not.toBe(kept[0]);
  });

  it('has room again when one is forgotten, and for as many units as it may', () => {
    const { length } = recordOf({ user: user('Ada') }).data;
    const users = createRemembered(storedUserOf, { sessions: 10_000, units: 1_000 * length });
    const ask = (id: string) => users.of(recordOf({ user: user('Ada') }, id));
    for (let number = 0; number < 1_000; number++) ask(`session ${number}`);
    const late = ask('late');
    expect(ask('late')).not.toBe(late);
    users.forget('session 7');
    const kept = ask('late');
    expect(ask('late')).toBe(kept);
  });

  it('takes another text of a session that it knows, however full it is', () => {
    const users = createRemembered(storedUserOf, { sessions: 1, units: 1_000_000 });
    users.of(recordOf({ user: user('Ada') }));
    const later = users.of(recordOf({ user: user('Lady Ada') }));
    expect(users.of(recordOf({ user: user('Lady Ada') }))).toBe(later);
  });
});

describe('a copy', () => {
  it('is equal to what was parsed, whatever JSON it was, and shares no object with it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed: unknown = JSON.parse(text);
        const copy = copyOf(parsed);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(parsed));
        expect(objectsIn(copy).filter((object) => objectsIn(parsed).includes(object))).toEqual([]);
      }),
    );
  });

  it('has a property that is named __proto__, and no other prototype', () => {
    const copy = copyOf(JSON.parse('{"a":{"__proto__":{"evil":{"deep":1}}}}'));
    expect(JSON.stringify(copy)).toBe('{"a":{"__proto__":{"evil":{"deep":1}}}}');
    expect(copy.a.evil).toBeUndefined();
  });
});

/** All objects and arrays in a value, itself included. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [
    value,
    ...Reflect.ownKeys(value).flatMap((name) => objectsIn(Object.getOwnPropertyDescriptor(value, name)?.value)),
  ];
}

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
