import { readFileSync } from 'node:fs';
import { parseJwtKeys } from '@statecraft/auth-core';
import { jwtPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';

export async function buildWithKeyFile(file: string) {
  const app = Fastify();
  const keys = parseJwtKeys(readFileSync(file, 'utf8'));
  await app.register(jwtPlugin, { issuer: 'my-company', audience: 'my-api', keys });

  // Other services read the public keys here, and can then verify tokens.
  app.get('/.well-known/jwks.json', () => app.tokens.jwks());
  return app;
}
