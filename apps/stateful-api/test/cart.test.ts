// The cart: state that belongs to the session, over both stores and both engines.

import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { openApp, ownRedis, refusal, signedIn, WAYS } from './app.ts';

const redis = ownRedis();

describe.each(WAYS)('$store, $engine', (way) => {
  let app: FastifyInstance;
  beforeEach(async () => {
    app = await openApp(redis.envOf(way));
  });

  describe('the cart', () => {
    const tea = { sku: 'tea', quantity: 2 };
    const milk = { sku: 'milk', quantity: 1 };

    it('begins empty, takes items, replaces one by its name, and gives them back', async () => {
      const alice = await signedIn(app);
      expect((await alice.ask('GET', '/cart')).json()).toEqual({ items: [] });
      await alice.ask('POST', '/cart/items', { ...tea, quantity: 9 });
      await alice.ask('POST', '/cart/items', milk);
      const changed = await alice.ask('POST', '/cart/items', tea);
      expect([changed.statusCode, changed.json()]).toEqual([200, { items: [milk, tea] }]);
      expect((await alice.ask('GET', '/cart')).json()).toEqual({ items: [milk, tea] });
      expect((await alice.ask('DELETE', '/cart/items/milk')).json()).toEqual({ items: [tea] });
      expect((await alice.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
    });

    it('is the session’s: another device of the user has its own', async () => {
      const [phone, laptop] = [await signedIn(app), await signedIn(app)];
      await phone.ask('POST', '/cart/items', tea);
      expect((await laptop.ask('GET', '/cart')).json()).toEqual({ items: [] });
    });

    it('ends with the session', async () => {
      const alice = await signedIn(app);
      await alice.ask('POST', '/cart/items', tea);
      await alice.ask('POST', '/auth/logout');
      await alice.signIn();
      expect((await alice.ask('GET', '/cart')).json()).toEqual({ items: [] });
    });

    it.each([
      [{ sku: 'tea' }, 'quantity'],
      [{ sku: 'tea', quantity: 0 }, 'quantity'],
      [{ sku: 'tea', quantity: 1.5 }, 'quantity'],
      [{ sku: 'tea', quantity: '1' }, 'quantity'],
      [{ sku: 'tea', quantity: 1000 }, 'quantity'],
      [{ sku: 'a b', quantity: 1 }, 'sku'],
      [{ sku: 'tea', quantity: 1, price: 0 }, 'price'],
    ])('answers 400 to %j and names the field', async (item, field) => {
      const answer = await (await signedIn(app)).ask('POST', '/cart/items', item);
      expect([...refusal(answer), answer.json().field]).toEqual([400, 'ERR_VALIDATION', field]);
    });
  });
});
