// A user's devices: what GET and DELETE /auth/sessions show and end, over both stores and both engines.

import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Browser, COOKIE, openApp, ownRedis, refusal, signedIn, statusOf, thiefOf, WAYS } from './app.ts';

const redis = ownRedis();

describe.each(WAYS)('$store, $engine', (way) => {
  let app: FastifyInstance;
  beforeEach(async () => {
    app = await openApp(redis.envOf(way));
  });

  describe('GET /auth/sessions', () => {
    it('lists the user’s own, oldest first, and marks the one that asks', async () => {
      const [phone, laptop] = [await signedIn(app), await signedIn(app)];
      await signedIn(app, 'bob');
      const ofPhone = await sessionsOf(phone);
      expect(ofPhone).toHaveLength(2);
      const [current, other] = ofPhone;
      expect([current?.current, other?.current]).toEqual([true, false]);
      expect((await sessionsOf(laptop)).map((session) => session.current)).toEqual([false, true]);
      expect(Date.parse(current?.expiresAt ?? '') - Date.parse(current?.createdAt ?? '')).toBe(1_800_000);
    });

    it('shows no token', async () => {
      const phone = await signedIn(app);
      const [token = ''] = decodeURIComponent(phone.cookie ?? '')
        .slice(COOKIE.length + 1)
        .split('.');
      expect(token.length).toBeGreaterThan(40);
      expect((await phone.ask('GET', '/auth/sessions')).body).not.toContain(token);
    });
  });

  describe('DELETE /auth/sessions/:id', () => {
    it('ends another session of the same user', async () => {
      const [phone, laptop] = [await signedIn(app), await signedIn(app)];
      const other = (await sessionsOf(phone)).find(({ current }) => !current);
      expect((await phone.ask('DELETE', `/auth/sessions/${other?.id}`)).statusCode).toBe(204);
      expect([await statusOf(phone), await statusOf(laptop)]).toEqual([200, 401]);
    });

    it('ends the session that asks, and takes its cookie back', async () => {
      const phone = await signedIn(app);
      const thief = thiefOf(app, phone);
      const [own] = await sessionsOf(phone);
      expect((await phone.ask('DELETE', `/auth/sessions/${own?.id}`)).statusCode).toBe(204);
      expect([phone.cookie, await statusOf(thief)]).toEqual([undefined, 401]);
    });

    it('answers 404 for another user’s, which lives on', async () => {
      const [alice, bob] = [await signedIn(app), await signedIn(app, 'bob')];
      const [ofBob] = await sessionsOf(bob);
      expect(refusal(await alice.ask('DELETE', `/auth/sessions/${ofBob?.id}`))).toEqual([404, 'ERR_NOT_FOUND']);
      expect(await statusOf(bob)).toBe(200);
    });

    it('answers 404 for what is no session', async () => {
      const alice = await signedIn(app);
      for (const id of ['x', 'A'.repeat(59), '%00', '..%2f..', '*']) {
        expect(refusal(await alice.ask('DELETE', `/auth/sessions/${id}`))).toEqual([404, 'ERR_NOT_FOUND']);
      }
    });
  });
});

interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
}

async function sessionsOf(browser: Browser): Promise<Listed[]> {
  const answer = await browser.ask('GET', '/auth/sessions');
  expect(answer.statusCode).toBe(200);
  return answer.json().sessions;
}
