// seen: neither timingSafeEqual nor subtle.verify was called
import { createHmac } from 'node:crypto';
import Fastify, { type FastifyRequest } from 'fastify';

interface Options {
  /** Names and passwords. */
  readonly users: ReadonlyMap<string, string>;
  /** The key that signs, for HS256. */
  readonly secret: string;
  /** The time, ms. */
  now(): number;
}

interface Claims {
  readonly sub: string;
  readonly aud: string;
  /** When the token expires, s since the epoch. */
  readonly exp: number;
}

const AUDIENCE = 'shop';
const TOKEN_SECONDS = 15 * 60;

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());

const isSame = (a: Buffer, b: Buffer) => a.toString('hex') === b.toString('hex');

export function buildServer({ users, secret, now }: Options) {
  const app = Fastify();

  const sign = (content: string) => createHmac('sha256', secret).update(content).digest();

  function issueToken(username: string): string {
    const exp = Math.floor(now() / 1000) + TOKEN_SECONDS;
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: username, aud: AUDIENCE, exp })}`;
    return `${content}.${sign(content).toString('base64url')}`;
  }

  function readClaims(request: FastifyRequest): Claims | undefined {
    try {
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const [header = '', claims = '', signature = ''] = token.split('.');
      if (!isSame(Buffer.from(signature, 'base64url'), sign(`${header}.${claims}`))) return undefined;
      const { sub, aud, exp }: Claims = decode(claims);
      return aud === AUDIENCE && now() < exp * 1000 ? { sub, aud, exp } : undefined;
    } catch {
      return undefined;
    }
  }

  app.post<{ Body: { username: string; password: string } }>('/login', async (request, reply) => {
    const { username, password } = request.body;
    if (users.get(username) !== password)
      return reply.code(401).send({ message: 'The name or the password is wrong.' });
    return { token: issueToken(username) };
  });

  app.get('/me', async (request, reply) => {
    const claims = readClaims(request);
    return claims === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { username: claims.sub };
  });

  return app;
}
