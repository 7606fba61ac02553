// A small real server with the routes of the API, in both modes, for the tests of the clients.

import { randomBytes } from 'node:crypto';
import { fastify } from 'fastify';

export interface TestServerOptions {
  readonly mode: 'stateless' | 'stateful';
  readonly prefix?: string;
  readonly cookie?: { readonly name: string; readonly attributes: string };
  /** A Set-Cookie text that the answer to a sign-in has before the session's. */
  readonly otherCookie?: string;
  /** The stateless server keeps a list of revoked tokens. */
  readonly revokes?: boolean;
}

export interface TestServer {
  readonly url: string;
  /** Method, path, headers and body of each request, as they arrived. */
  readonly seen: { method: string; url: string; headers: Record<string, unknown>; body: unknown }[];
  close(): Promise<void>;
}

const ALICE = { id: 'demo-alice', username: 'alice', roles: ['user'] };
const PLAIN_COOKIE = { name: 'sid', attributes: 'Path=/; HttpOnly; SameSite=Lax' };

export async function startServer(options: TestServerOptions): Promise<TestServer> {
  const { mode, prefix = '', cookie = PLAIN_COOKIE, revokes = false } = options;
  const otherCookies = options.otherCookie === undefined ? [] : [options.otherCookie];
  const seen: TestServer['seen'] = [];
  const live = new Map<string, { items: unknown[] }>();
  const ended = new Set<string>();
  const app = fastify();

  const readCredential = (headers: Record<string, unknown>): string =>
    mode === 'stateless'
      ? String(headers.authorization ?? '').replace('Bearer ', '')
      : (new RegExp(`${cookie.name}=([^;]*)`).exec(String(headers.cookie ?? ''))?.[1] ?? '');
  const createRefusal = (statusCode: number, code: string) => ({
    statusCode,
    code,
    error: 'x',
    message: `No: ${code}`,
  });

  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-served-by', 'instance-1');
  });
  app.addHook('preHandler', async (request, reply) => {
    const { method, url, headers, body } = request;
    seen.push({ method, url, headers: { ...headers }, body });
    if (/login|register|odd|slow|html/.test(url)) return;
    const credential = readCredential(headers);
    if (!live.has(credential) || ended.has(credential))
      return reply.code(401).send(createRefusal(401, 'ERR_UNAUTHENTICATED'));
  });

  app.register(
    async (api) => {
      api.post('/auth/register', async (request, reply) => {
        const { username } = request.body as { username: string };
        if (username === 'alice') return reply.code(409).send(createRefusal(409, 'ERR_USERNAME_TAKEN'));
        return reply.code(201).send({ user: { ...ALICE, username } });
      });
      api.post('/auth/login', async (request, reply) => {
        const { password } = request.body as { password: string };
        if (password !== 'right password')
          return reply.code(401).header('retry-after', '7').send(createRefusal(401, 'ERR_CREDENTIALS_WRONG'));
        const random = randomBytes(32).toString('base64url');
        const token =
          mode === 'stateless' ? `${encodePart({ alg: 'none' })}.${encodePart({ sub: ALICE.id })}.${random}` : random;
        live.set(token, { items: [] });
        if (mode === 'stateless') return { tokenType: 'Bearer', accessToken: token, expiresIn: 900, user: ALICE };
        reply.header('set-cookie', [...otherCookies, `${cookie.name}=${token}; ${cookie.attributes}`]);
        return { user: ALICE };
      });
      api.get('/auth/me', async () => ({ user: ALICE }));
      const createEnd = (all: boolean) => async (request: { headers: Record<string, unknown> }, reply: Reply) => {
        const credential = readCredential(request.headers);
        if (mode === 'stateful') for (const token of all ? [...live.keys()] : [credential]) live.delete(token);
        if (revokes) ended.add(credential);
        if (mode === 'stateful') reply.header('set-cookie', `${cookie.name}=; ${cookie.attributes}; Max-Age=0`);
        return reply.code(204).send();
      };
      api.post('/auth/logout', createEnd(false));
      api.post('/auth/logout-all', createEnd(true));
      api.post('/auth/password', async (_request, reply) => reply.code(204).send());
      api.get('/auth/sessions', async () => ({ sessions: [{ id: 's1', current: true }] }));
      api.delete('/auth/sessions/:id', async (_request, reply) => reply.code(204).send());
      api.get('/cart', async (request) => live.get(readCredential(request.headers)));
      api.post('/cart/items', async (request) => {
        live.get(readCredential(request.headers))?.items.push(request.body);
        return live.get(readCredential(request.headers));
      });
      api.delete('/cart/items/:sku', async (request, reply) => {
        const cart = live.get(readCredential(request.headers));
        if (cart !== undefined) cart.items = [];
        return reply.code(204).send();
      });
      api.get('/odd', async () => ({ hello: '\u001b[31mred\u001b[0m' }));
      api.get('/html', async (_request, reply) => reply.code(502).type('text/html').send('<h1>Bad Gateway</h1>'));
      api.get('/slow', () => new Promise(() => {}));
      api.get('/slow-body', async (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { 'content-type': 'application/json' });
        reply.raw.write('{"user":');
      });
    },
    { prefix },
  );

  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url: address + prefix,
    seen,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** A part in the form of a JWT; this server checks no signature. */
const encodePart = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Reply {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(): Reply;
}
