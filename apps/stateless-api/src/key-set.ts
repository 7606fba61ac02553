// GET /.well-known/jwks.json: the public keys of the tokens (RFC 7517). The list is empty with HS256, whose key is a
// secret.

import { toSchema } from '@statecraft/accounts';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

const KeySet = z.object({
  keys: z.array(
    z.object({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string(), use: z.string(), alg: z.string() }),
  ),
});

export async function keySetRoutes(app: FastifyInstance): Promise<void> {
  const schema = { summary: 'Lists the public keys that verify tokens.', response: { 200: toSchema(KeySet) } };
  app.get('/.well-known/jwks.json', { schema }, () => app.tokens.jwks());
}
