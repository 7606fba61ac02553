// Signs and verifies tokens with @fastify/jwt: one registration with a namespace of its own for each key.
//
// Claims, clock and revocation stay with the strategy; @fastify/jwt only signs and checks signatures. Do not use the
// app.jwt.statecraft… that it adds: it knows no `jti`, no duplicate members and no retired keys.

import type { FastifyJWTOptions, JWT } from '@fastify/jwt';
import { ACCESS_TOKEN_TYPE, AuthError, type JwtCodec, type JwtCodecKey } from '@statecraft/auth-core';
import type { FastifyInstance } from 'fastify';

let registrations = 0;

/**
 * A codec for the option `codec` of jwtPlugin. It works once the app has loaded its plugins.
 * @example
 * await app.register(jwtPlugin, { issuer, audience, keys: { secret }, codec: createFastifyJwtCodec(app) });
 */
export function createFastifyJwtCodec(app: FastifyInstance): JwtCodec {
  const opened = new Map<string, () => JWT>();

  function findJwt(key: JwtCodecKey): () => JWT {
    const jwt = opened.get(key.kid) ?? registerJwt(app, key);
    opened.set(key.kid, jwt);
    return jwt;
  }

  return {
    signer(key) {
      const jwt = findJwt(key);
      return (claims) => jwt().sign({ ...claims });
    },

    verifier(key) {
      const jwt = findJwt(key);
      return (token) => {
        // It throws for a bad signature. The strategy reads the payload itself.
        jwt().verify(token);
        return true;
      };
    },
  };
}

function registerJwt(app: FastifyInstance, key: JwtCodecKey): () => JWT {
  registrations += 1;
  const namespace = `statecraft${registrations}`;
  let jwt: JWT | undefined;
  app.register(async (context) => {
    const { fastifyJwt } = await import('@fastify/jwt');
    await context.register(fastifyJwt, { ...pinAlgorithm(key), namespace, decoratorName: namespace });
    // With a namespace, `jwt` is documented as a map of namespaces.
    jwt = (context.jwt as unknown as Record<string, JWT>)[namespace];
  });
  return () => {
    if (jwt !== undefined) return jwt;
    throw new AuthError('ERR_OPTION_INVALID', 'Tokens can be issued once the app has loaded its plugins.');
  };
}

/** What the strategy pins, pinned here as well. */
function pinAlgorithm({ alg, kid, signing, verifying }: JwtCodecKey): FastifyJWTOptions {
  return {
    secret: alg === 'HS256' ? verifying.export() : exportKeys(signing, verifying),
    sign: { algorithm: alg, kid, header: { alg, typ: ACCESS_TOKEN_TYPE } },
    verify: { algorithms: [alg], checkTyp: ACCESS_TOKEN_TYPE, ignoreExpiration: true, ignoreNotBefore: true },
  };
}

type Exportable = JwtCodecKey['verifying'];

function exportKeys(signing: Exportable | undefined, verifying: Exportable): FastifyJWTOptions['secret'] {
  const publicPem = verifying.export({ type: 'spki', format: 'pem' });
  if (signing === undefined) return { public: publicPem };
  return { private: signing.export({ type: 'pkcs8', format: 'pem' }), public: publicPem };
}
