// `request.session`: the surface of @fastify/session, one behaviour each.

import { createMemoryStore } from '@statecraft/auth-core/memory';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { SessionObject } from '../../src/index.ts';
import { ADA, appWith, browserOf, memory, type Setup, setCookies } from './app.ts';

/** What a handler answers, asked by POST (or GET) of a signed-in user. */
async function within(
  handler: (request: FastifyRequest, app: FastifyInstance) => unknown,
  { method = 'POST', signedIn = true, ...setup }: Setup & { method?: 'GET' | 'POST'; signedIn?: boolean } = {},
) {
  const app = await appWith({
    ...setup,
    routes: (on) => on.route({ method, url: '/x', handler: async (request) => (await handler(request, on)) ?? {} }),
  });
  const ask = browserOf(app);
  if (signedIn) await ask('POST', '/login');
  const before = ask.cookie();
  const answer = await ask(method, '/x');
  const session = (await ask('GET', '/session')).json();
  return { app, ask, answer, body: answer.json(), session, before };
}

/** Another request of the same user, while this one runs. */
async function changeElsewhere({ headers }: FastifyRequest, app: FastifyInstance, url = '/count') {
  await app.inject({ method: 'POST', url, headers: { cookie: headers.cookie ?? '' } });
}

describe('data', () => {
  it('is kept when assigned, set, or changed in place', async () => {
    const { session } = await within(({ session }) => {
      session.cart = ['tea'];
      session.set('count', 2);
      session.cart.push('milk');
    });
    expect(session).toMatchObject({ cart: ['tea', 'milk'], count: 2 });
  });

  it('is forgotten when deleted', async () => {
    const { session } = await within(async ({ session }) => {
      session.note = 'here';
      await session.save();
      delete session.note;
    });
    expect(session).not.toHaveProperty('note');
  });

  it('is read with get, which knows the data only', async () => {
    const { body } = await within(({ session }) => {
      session.note = 'here';
      const names = ['note', 'count', 'save', 'toString', 'constructor', '__proto__'];
      return names.map((name) => typeof session.get(name as 'note'));
    });
    expect(body).toEqual(['string', ...Array(5).fill('undefined')]);
  });

  it('that JSON would lose is refused, and the session stays as it was', async () => {
    const { body, session } = await within(({ session }) => {
      session.other = Number.NaN;
    });
    expect([body.code, session.other]).toEqual(['ERR_SESSION_DATA_UNSERIALIZABLE', undefined]);
  });

  it('that is too large is refused with 413', async () => {
    const { answer } = await within(({ session }) => session.set('note', 'x'.repeat(1000)), { maxDataLength: 1000 });
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'ERR_SESSION_DATA_TOO_LARGE']);
  });

  it("that takes more than the session's share of the user's bytes is refused with 413, and the session stays", async () => {
    const store = createMemoryStore({ sweepEveryMs: 0, maxSessionsPerUser: 2, maxBytesPerUser: 8_192 });
    const { answer, session } = await within(
      async ({ session }) => {
        session.note = 'here';
        await session.save();
        session.note = 'x'.repeat(4_096);
      },
      { store },
    );
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'ERR_SESSION_DATA_TOO_LARGE']);
    expect(session.note).toBe('here');
  });
});

describe('names from a client', () => {
  const names = ['__proto__', 'constructor', 'save', 'destroy', 'sessionId', 'get'];

  it.each(names)('%s is refused when assigned', async (name) => {
    const { answer } = await within(({ session }) => {
      (session as unknown as Record<string, unknown>)[name] = { admin: true };
    });
    expect(answer.statusCode).toBe(500);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each(names)('%s is refused when set', async (name) => {
    const { body } = await within(({ session }) => session.set(name as 'other', { admin: true }));
    expect(body.code).toBe('ERR_SESSION_DATA_UNSERIALIZABLE');
  });

  it.each(names)('%s in stored data is left out', async (name) => {
    const store = memory();
    const hostile = { ...store, read: (id: string) => poisoned(store.read(id), name) } as unknown as typeof store;
    const { body } = await within(
      ({ session }) => ({
        own: Object.hasOwn(session, name),
        admin: (session as unknown as { admin?: boolean }).admin,
        save: typeof session.save,
      }),
      { store: hostile },
    );
    expect(body).toEqual({ own: false, save: 'function' });
  });

  it('deeper in the data they are data', async () => {
    const { session } = await within(({ session }) => {
      session.other = JSON.parse('{"__proto__": {"admin": true}}');
    });
    expect(Object.hasOwn(session.other, '__proto__')).toBe(true);
    expect(session.other.admin).toBeUndefined();
  });

  function poisoned(record: unknown, name: string) {
    const { data } = (record ?? {}) as { data?: string };
    return data && { ...(record as object), data: `{"${name}":{"admin":true}}` };
  }
});

describe('isModified and isSaved', () => {
  it('say what the store has', async () => {
    const { body } = await within(
      async ({ session }) => {
        const seen = [session.isModified(), session.isSaved()];
        session.note = 'x';
        seen.push(session.isModified(), session.isSaved());
        await session.save();
        return [...seen, session.isModified(), session.isSaved()];
      },
      { signedIn: false },
    );
    expect(body).toEqual([false, false, true, false, false, true]);
  });

  it('an equal value assigned is no change', async () => {
    const { body } = await within(async ({ session }) => {
      session.cart = ['tea'];
      await session.save();
      session.cart = ['tea'];
      return [session.isModified()];
    });
    expect(body).toEqual([false]);
  });
});

describe('save', () => {
  it('writes now', async () => {
    const { body } = await within(async ({ session }, app) => {
      session.note = 'now';
      await session.save();
      return { stored: (await app.sessions.list('ada'))[0]?.data };
    });
    expect(JSON.parse(body.stored)).toMatchObject({ note: 'now' });
  });

  it('starts a session for a request that has none, also by GET', async () => {
    const { ask } = await within(({ session }) => session.save(), { signedIn: false, method: 'GET' });
    expect(ask.cookie()).toBeDefined();
  });

  it('rejects when another request wrote first', async () => {
    const { body } = await within(async (request, app) => {
      request.session.note = 'mine';
      await changeElsewhere(request, app);
      const error = await request.session.save().catch((e) => e);
      await request.session.reload();
      return { code: error.code, count: request.session.count, note: request.session.note };
    });
    expect(body).toEqual({ code: 'ERR_SESSION_CONFLICT', count: 1 });
  });

  it('that no handler awaits does not collide with the one of the answer', async () => {
    const { answer, session } = await within(({ session }) => {
      session.note = 'first';
      void session.save();
      session.note = 'second';
    });
    expect([answer.statusCode, session.note]).toEqual([200, 'second']);
  });
});

it('a rejection that no handler awaits ends no process', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  await within(async (request) => {
    const held = request.session;
    await held.destroy();
    void held.save();
  });
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('reload', () => {
  it('takes what another request stored', async () => {
    const { body } = await within(async (request, app) => {
      request.session.note = 'dropped';
      await changeElsewhere(request, app);
      await request.session.reload();
      return { count: request.session.count, note: request.session.note };
    });
    expect(body).toEqual({ count: 1 });
  });

  it('refuses when the session has ended, and leaves the cookie to a sign-in that came meanwhile', async () => {
    const { answer } = await within(async (request, app) => {
      await changeElsewhere(request, app, '/logout');
      await request.session.reload();
    });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'ERR_SESSION_GONE']);
    expect(setCookies(answer)).toEqual([]);
  });

  it('empties a session that was never stored', async () => {
    const { body } = await within(
      async ({ session }) => {
        session.note = 'x';
        await session.reload();
        return { ...session };
      },
      { signedIn: false },
    );
    expect(body).toEqual({});
  });
});

describe('regenerate', () => {
  it('gives a new token for the same user and the same end; the old one is dead', async () => {
    const { app, ask, before, body } = await within(async ({ session }, on) => {
      const [old] = await on.sessions.list('ada');
      await session.regenerate();
      const [now] = await on.sessions.list('ada');
      return { sameEnd: old?.absoluteExpiresAt === now?.absoluteExpiresAt, sameId: old?.id === now?.id };
    });
    expect(body).toEqual({ sameEnd: true, sameId: false });
    expect((await browserOf(app, before)('GET', '/me')).statusCode).toBe(401);
    expect((await ask('GET', '/me')).statusCode).toBe(200);
  });

  it('keeps the named properties and the user, and drops the rest', async () => {
    const { session, ask } = await within(async ({ session }) => {
      session.note = 'kept';
      session.count = 3;
      await session.regenerate(['note']);
    });
    expect(session).toEqual({ note: 'kept' });
    expect((await ask('GET', '/me')).json().user).toMatchObject(ADA);
  });

  it('refuses when the session has ended', async () => {
    const { body } = await within(async (request, app) => {
      await changeElsewhere(request, app, '/logout');
      await request.session.regenerate();
    });
    expect(body.code).toBe('ERR_SESSION_GONE');
  });
});

describe('destroy', () => {
  it('cuts off the object that the handler holds', async () => {
    const { body, answer } = await within(async (request) => {
      const held = request.session;
      await held.destroy();
      held.note = 'late';
      const error = await held.save().catch((e) => e);
      return { code: error.code, modified: held.isModified(), id: held.sessionId ?? null };
    });
    expect(body).toEqual({ code: 'ERR_SESSION_GONE', modified: false, id: null });
    expect(setCookies(answer)[0]).toContain('Max-Age=0');
  });

  it('of an object that was cut off leaves its successor alone', async () => {
    const { ask } = await within(async (request) => {
      const held = request.session;
      await held.destroy();
      await request.signIn(ADA);
      await held.destroy();
    });
    expect((await ask('GET', '/me')).statusCode).toBe(200);
  });
});

describe('callbacks', () => {
  it.each(['save', 'reload', 'regenerate', 'destroy'] as const)('%s calls back', async (method) => {
    const { body } = await within(
      ({ session }) => new Promise((resolve) => session[method]((error) => resolve({ error: error ?? null }))),
    );
    expect(body).toEqual({ error: null });
  });

  it('get the error', async () => {
    const { body } = await within(async (request, app) => {
      await changeElsewhere(request, app, '/logout');
      return new Promise((resolve) => request.session.reload((error) => resolve({ ...error })));
    });
    expect(body.code).toBe('ERR_SESSION_GONE');
  });
});

describe('touch', () => {
  it('moves the idle expiry before it is due', async () => {
    let now = 1_000_000;
    const clock = () => now;
    const { body } = await within(
      async ({ session }, app) => {
        const [{ idleExpiresAt: before = 0 } = {}] = await app.sessions.list('ada');
        now += 5;
        session.touch();
        return { before };
      },
      { clock, idleMs: 1000, store: memory(clock) },
    ).then(async ({ app, body }) => ({ body: { ...body, after: (await app.sessions.list('ada'))[0]?.idleExpiresAt } }));
    expect(body.after - body.before).toBe(5);
  });
});

describe('a request without a session', () => {
  const write = ({ session }: { session: SessionObject }) => session.set('note', 'x');

  it('gets one by a POST that changes it', async () => {
    expect((await within(write, { signedIn: false })).session).toEqual({ note: 'x' });
  });

  it('gets none by a GET that changes it (ASVS 7.6.2)', async () => {
    const { answer, session } = await within(write, { signedIn: false, method: 'GET' });
    expect([setCookies(answer), session]).toEqual([[], {}]);
  });

  it('gets none by looking', async () => {
    const { answer } = await within(({ session }) => ({ note: session.note }), { signedIn: false });
    expect(setCookies(answer)).toEqual([]);
  });

  it('gets one by any answer with saveUninitialized', async () => {
    const app = await appWith({ saveUninitialized: true });
    const ask = browserOf(app);
    expect(setCookies(await ask('GET', '/public'))).toHaveLength(1);
    expect(setCookies(await ask('GET', '/public'))).toHaveLength(0);
  });
});

describe('a handler that throws', () => {
  const failing =
    (statusCode: number) =>
    ({ session }: FastifyRequest) => {
      session.note = 'half done';
      throw Object.assign(new Error('no'), { statusCode });
    };

  it('with 500 leaves the session as it was, and the process answers on', async () => {
    const { answer, session } = await within(failing(500));
    expect([answer.statusCode, session.note]).toEqual([500, undefined]);
  });

  it('with 4xx has its changes stored: an answer like any other', async () => {
    const { answer, session } = await within(failing(422));
    expect([answer.statusCode, session.note]).toEqual([422, 'half done']);
  });

  it('keeps what it saved', async () => {
    const { session } = await within(async ({ session }) => {
      session.note = 'saved';
      await session.save();
      throw new Error('no');
    });
    expect(session.note).toBe('saved');
  });

  it('in a hook after ours, the session is as the answer says', async () => {
    const app = await appWith({
      routes: (on) =>
        on.post('/x', { onSend: (_request, _reply, _payload, done) => done(new Error('late')) }, ({ session }) => {
          session.note = 'x';
          return {};
        }),
    });
    const ask = browserOf(app);
    await ask('POST', '/login');
    expect((await ask('POST', '/x')).statusCode).toBe(500);
    expect((await ask('GET', '/me')).statusCode).toBe(200);
  });
});

describe('onConflict', () => {
  it('a function merges with all three at hand', async () => {
    const { answer, session } = await within(
      async (request, app) => {
        request.session.count = (request.session.count ?? 0) + 1;
        await changeElsewhere(request, app);
      },
      {
        onConflict: (mine, theirs, base) => {
          const of = (data: Record<string, unknown>) => Number(data.count ?? 0);
          return { ...theirs, count: of(theirs) + of(mine) - of(base) };
        },
      },
    );
    expect([answer.statusCode, session.count]).toEqual([200, 2]);
  });

  it('a function that answers undefined is 409', async () => {
    const { answer } = await within(
      async (request, app) => {
        request.session.note = 'x';
        await changeElsewhere(request, app);
      },
      { onConflict: () => undefined },
    );
    expect(answer.statusCode).toBe(409);
  });

  it('retry merges a removed property, and shows the handler the result', async () => {
    const { body } = await within(
      async (request, app) => {
        request.session.note = 'x';
        await request.session.save();
        delete request.session.note;
        await changeElsewhere(request, app);
        await request.session.save();
        return { ...request.session };
      },
      { onConflict: 'retry' },
    );
    expect(body).toMatchObject({ count: 1 });
    expect(body).not.toHaveProperty('note');
  });

  it('the cookie outlives a 409', async () => {
    const { answer, ask } = await within(async (request, app) => {
      request.session.note = 'x';
      await changeElsewhere(request, app);
    });
    expect([answer.statusCode, setCookies(answer)]).toEqual([409, []]);
    expect((await ask('GET', '/me')).statusCode).toBe(200);
  });
});
