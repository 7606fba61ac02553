// A small real server that binds sessions to a device, written from the draft (w3c/webappsec-dbsc), for the tests of the
// client. Its clients reach it under any https address: the dispatcher opens a plain connection instead of TLS.

import { createPublicKey, type JsonWebKey, randomUUID, verify } from 'node:crypto';
import { connect } from 'node:net';
import { fastify } from 'fastify';
import { Agent } from 'undici';

/** What an endpoint answers instead of its own answer. */
export interface Canned {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface DeviceServer {
  /** https://app.example, and the dispatcher that reaches it. */
  readonly reach: { readonly baseUrl: string; readonly dispatcher: Agent };
  /** The same server under another origin. */
  reachAs(origin: string): { readonly baseUrl: string; readonly dispatcher: Agent };
  /** Each request since the last call: `POST /auth/device/refresh proof`, and what came with it. */
  takeSeen(): SeenRequest[];
  /** Answers that the refresh endpoint gives before its own. `hang up` closes the connection. */
  readonly refreshAnswers: (Canned | 'hang up')[];
  /** The header of the answer to a sign-in. */
  offer: string | string[];
  /** Changes the instructions; undefined: as they are. */
  editInstructions: (instructions: Record<string, unknown>) => unknown;
  /** The attributes of the bound cookie. */
  attributes: string;
  /** False: an answer to a registration or refresh holds no challenge for the next one. */
  sendsAhead: boolean;
  readonly bindings: Map<string, { jwk: JsonWebKey; alg: string; challenge: string }>;
  readonly claims: Record<string, unknown>[];
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly line: string;
  readonly headers: Record<string, unknown>;
}

const BOUND_COOKIE = '__Host-sid-device';
const USER = { user: { id: '1', username: 'alice', roles: ['user'] } };

export async function startDeviceServer(): Promise<DeviceServer> {
  const app = fastify();
  const agents: Agent[] = [];
  const seen: SeenRequest[] = [];
  let token = '';
  app.addHook('onRequest', async ({ method, url, headers }) => {
    const proof = headers['secure-session-response'] === undefined ? '' : ' proof';
    seen.push({ line: `${method} ${url}${proof}`, headers: { ...headers } });
  });

  const server: Omit<DeviceServer, 'reach'> = {
    takeSeen: () => seen.splice(0),
    refreshAnswers: [],
    offer: '(ES256 RS256);path="device/register";challenge="first"',
    editInstructions: (instructions) => instructions,
    attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax',
    sendsAhead: true,
    bindings: new Map(),
    claims: [],
    reachAs(origin) {
      const dispatcher = new Agent({ connect: openPlainConnection });
      agents.push(dispatcher);
      return { baseUrl: origin, dispatcher };
    },
    async close() {
      await Promise.all(agents.map((agent) => agent.destroy()));
      app.server.closeAllConnections();
      await app.close();
    },
  };

  function openPlainConnection(_options: unknown, callback: (...results: [Error, null] | [null, never]) => void): void {
    const { port } = app.server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    socket.once('error', (error) => callback(error, null));
    socket.once('connect', () => callback(null, socket as never));
  }

  function createInstructions(id: string): unknown {
    const { attributes } = server;
    return server.editInstructions({
      session_identifier: id,
      refresh_url: 'refresh',
      scope: { include_site: false, scope_specification: [{ type: 'exclude', path: '/public' }] },
      credentials: [{ type: 'cookie', name: BOUND_COOKIE, attributes }],
    });
  }

  function createAnswerHeaders(id: string): Record<string, string> {
    token = randomUUID();
    const challenge = randomUUID();
    const binding = server.bindings.get(id);
    if (binding !== undefined) binding.challenge = challenge;
    const ahead = server.sendsAhead ? { 'secure-session-challenge': `"${challenge}";id="${id}"` } : {};
    return { 'set-cookie': `${BOUND_COOKIE}=${token}; ${server.attributes}; Max-Age=60`, ...ahead };
  }

  app.post('/auth/login', async (_request, reply) => {
    reply.header('set-cookie', '__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax');
    reply.header('secure-session-registration', server.offer);
    return USER;
  });
  app.get('/*', async ({ headers }, reply) => {
    if (String(headers.cookie).includes(`${BOUND_COOKIE}=${token}`)) return USER;
    return reply.code(401).send({ code: 'ERR_DEVICE_COOKIE_MISSING', message: 'x' });
  });
  app.post('/auth/device/register', async ({ headers }, reply) => {
    const { header, claims, isSigned } = readProof(headers['secure-session-response']);
    server.claims.push(claims);
    if (!isSigned(header.jwk) || claims.jti !== 'first') return reply.code(400).send({ code: 'ERR', message: 'x' });
    const id = `binding ${server.bindings.size + 1}`;
    server.bindings.set(id, { jwk: header.jwk, alg: header.alg, challenge: '' });
    return reply.headers(createAnswerHeaders(id)).send(createInstructions(id));
  });
  app.post('/auth/device/refresh', async ({ headers, raw }, reply) => {
    const canned = server.refreshAnswers.shift();
    if (canned === 'hang up') {
      reply.hijack();
      return raw.destroy();
    }
    if (canned !== undefined)
      return reply
        .code(canned.status)
        .headers(canned.headers ?? {})
        .send(canned.body);
    const id = String(headers['sec-secure-session-id']).replaceAll('"', '');
    const binding = server.bindings.get(id);
    if (binding === undefined) return { session_identifier: id, continue: false };
    const proof = headers['secure-session-response'];
    const { claims, isSigned } = proof === undefined ? NO_PROOF : readProof(proof);
    server.claims.push(claims);
    if (claims.jti === binding.challenge && isSigned(binding.jwk))
      return reply.headers(createAnswerHeaders(id)).send(createInstructions(id));
    binding.challenge ||= randomUUID();
    return reply.code(403).header('secure-session-challenge', `"${binding.challenge}";id="${id}"`).send();
  });

  await app.listen({ port: 0, host: '127.0.0.1' });
  return Object.assign(server, { reach: server.reachAs('https://app.example') });
}

const NO_PROOF: Pick<Proof, 'claims' | 'isSigned'> = { claims: {}, isSigned: () => false };

interface Proof {
  readonly header: { alg: string; typ: string; jwk: JsonWebKey };
  readonly claims: Record<string, unknown>;
  isSigned(jwk: JsonWebKey): boolean;
}

function readProof(field: unknown): Proof {
  const [head = '', body = '', signature = ''] = String(field).replaceAll('"', '').split('.');
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    header: parse(head),
    claims: parse(body),
    isSigned(jwk) {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const signed = Buffer.from(`${head}.${body}`);
      return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    },
  };
}
