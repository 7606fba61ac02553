// A codec that signs and verifies through @fastify/jwt: one registration per key, each in a context of its own.
//
// The app sees none of it: no `app.jwt`, no `request.jwtVerify`, which know no `jti`, no duplicate members and no retired
// keys, and would be a way around the strategy. Time is left to the strategy, whose clock tests can move.

import type { FastifyJWTOptions, JWT } from '@fastify/jwt';
import { ACCESS_TOKEN_TYPE, AuthError, type JwtCodec, type JwtCodecKey } from '@statecraft/auth-core';
import type { FastifyInstance } from 'fastify';

let registrations = 0;

/** Its functions work from the moment that the app has loaded the plugin: `await app.register(…)` or `app.ready()`. */
export function createFastifyJwtCodec(app: FastifyInstance): JwtCodec {
  const opened = new Map<string, () => JWT>();

  function jwtOf(key: JwtCodecKey): () => JWT {
    const jwt = opened.get(key.kid) ?? openJwt(app, key);
    opened.set(key.kid, jwt);
    return jwt;
  }

  return {
    signer(key) {
      const jwt = jwtOf(key);
      return (claims) => jwt().sign({ ...claims });
    },

    verifier(key) {
      const jwt = jwtOf(key);
      return (token) => {
        // It throws for a bad signature and answers the payload for a good one; the strategy reads the payload by itself.
        jwt().verify(token);
        return true;
      };
    },
  };
}

function openJwt(app: FastifyInstance, key: JwtCodecKey): () => JWT {
  registrations += 1;
  // Under a namespace, because the app may have a @fastify/jwt of its own, which this context then inherits.
  const namespace = `statecraft${registrations}`;
  let opened: JWT | undefined;
  app.register(async (context) => {
    const { fastifyJwt } = await import('@fastify/jwt');
    await context.register(fastifyJwt, { ...pinsOf(key), namespace, decoratorName: namespace });
    const namespaces = context.jwt as unknown as Record<string, JWT>;
    opened = namespaces[namespace];
    delete namespaces[namespace];
  });
  return () => {
    if (opened !== undefined) return opened;
    throw new AuthError('ERR_OPTION_INVALID', 'Tokens can be issued once the app has loaded its plugins.');
  };
}

/** What the strategy pins, pinned here as well. */
function pinsOf({ alg, kid, signing, verifying }: JwtCodecKey): FastifyJWTOptions {
  return {
    secret: alg === 'HS256' ? verifying.export() : pairOf(signing, verifying),
    sign: { algorithm: alg, kid, header: { alg, typ: ACCESS_TOKEN_TYPE } },
    verify: { algorithms: [alg], checkTyp: ACCESS_TOKEN_TYPE, ignoreExpiration: true, ignoreNotBefore: true },
  };
}

type Exportable = JwtCodecKey['verifying'];

function pairOf(signing: Exportable | undefined, verifying: Exportable): FastifyJWTOptions['secret'] {
  const publicPem = verifying.export({ type: 'spki', format: 'pem' });
  if (signing === undefined) return { public: publicPem };
  return { private: signing.export({ type: 'pkcs8', format: 'pem' }), public: publicPem };
}
