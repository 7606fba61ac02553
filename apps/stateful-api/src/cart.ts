// State that belongs to the session: a cart, kept wherever the session is.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

const CartItem = z.strictObject({ sku: z.string().regex(/^[\w-]{1,64}$/), quantity: z.int().min(1).max(999) });
const Cart = z.object({ items: z.array(CartItem) });
type CartItem = z.infer<typeof CartItem>;
const MAX_ITEMS = 100;

const schema = (type: z.ZodType) => z.toJSONSchema(type, { target: 'draft-7' });

export async function cartRoutes(app: FastifyInstance): Promise<void> {
  const signedIn = { onRequest: app.requirePrincipal };
  const security = [{ cookie: [] }];
  const response = { 200: schema(Cart) };

  app.get('/cart', { ...signedIn, schema: { security, response } }, (request) => ({ items: itemsOf(request) }));

  app.post<{ Body: CartItem }>(
    '/cart/items',
    { ...signedIn, schema: { security, body: schema(CartItem), response } },
    (request) => {
      const others = itemsOf(request).filter(({ sku }) => sku !== request.body.sku);
      return keep(request, [...others, request.body].slice(-MAX_ITEMS));
    },
  );

  app.delete<{ Params: { sku: string } }>(
    '/cart/items/:sku',
    { ...signedIn, schema: { security, response } },
    (request) =>
      keep(
        request,
        itemsOf(request).filter(({ sku }) => sku !== request.params.sku),
      ),
  );
}

function itemsOf({ session }: FastifyRequest): CartItem[] {
  return (Reflect.get(session, 'cart') as CartItem[] | undefined) ?? [];
}

/** Written to the store as the answer leaves; another request's write in between makes it 409. */
function keep({ session }: FastifyRequest, items: CartItem[]): { items: CartItem[] } {
  Reflect.set(session, 'cart', items);
  return { items };
}
