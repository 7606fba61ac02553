// State that belongs to the session: a cart, stored with the session.

import { toSchema } from '@statecraft/accounts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

const CartItem = z.strictObject({ sku: z.string().regex(/^[\w-]{1,64}$/), quantity: z.int().min(1).max(999) });
const Cart = z.object({ items: z.array(CartItem) });
type CartItem = z.infer<typeof CartItem>;
const MAX_ITEMS = 100;

interface CartRoutesOptions {
  /** OpenAPI security of the routes. */
  readonly security: readonly Record<string, readonly string[]>[];
}

export async function cartRoutes(app: FastifyInstance, { security }: CartRoutesOptions): Promise<void> {
  const signedIn = { onRequest: app.requirePrincipal };
  const response = { 200: toSchema(Cart) };

  app.get('/cart', { ...signedIn, schema: { summary: 'Shows the cart.', security, response } }, (request) => ({
    items: readItems(request),
  }));

  app.post<{ Body: CartItem }>(
    '/cart/items',
    { ...signedIn, schema: { summary: 'Puts an item into the cart.', security, body: toSchema(CartItem), response } },
    (request) => {
      const others = readItems(request).filter(({ sku }) => sku !== request.body.sku);
      return keepItems(request, [...others, request.body].slice(-MAX_ITEMS));
    },
  );

  app.delete<{ Params: { sku: string } }>(
    '/cart/items/:sku',
    { ...signedIn, schema: { summary: 'Takes an item out of the cart.', security, response } },
    (request) => {
      const others = readItems(request).filter(({ sku }) => sku !== request.params.sku);
      return keepItems(request, others);
    },
  );
}

function readItems({ session }: FastifyRequest): CartItem[] {
  return (Reflect.get(session, 'cart') as CartItem[] | undefined) ?? [];
}

/** Stored before the answer leaves. If another request wrote the session meanwhile, the answer is 409. */
function keepItems({ session }: FastifyRequest, items: CartItem[]): { items: CartItem[] } {
  Reflect.set(session, 'cart', items);
  return { items };
}
