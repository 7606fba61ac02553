// This library's session plugin with sessions that are bound to a device. STORE: memory or redis. Each sign-in also
// registers a key, so that the requests that follow carry both cookies.

import { generateKeyPairSync, sign } from 'node:crypto';
import { sessionPlugin } from '@statecraft/auth-fastify';
import { answersUser, createApp, listen, readUser, requireUser } from '../plain-app.ts';
import { openStore } from '../session-store.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const app = createApp();
await app.register(sessionPlugin, { store: await openStore(), deviceBound: true });
app.post('/sign-in', async (request, reply) => {
  const user = readUser(request);
  const subject = { userId: user.id, username: user.username, roles: user.roles };
  const { token, session } = await app.sessions.issue({ subject, data: '{}', offerBinding: true });
  const { deviceBound } = app.sessions;
  const bound = await deviceBound?.register(session, prove(deviceBound.readOffer(session) ?? ''));
  if (bound?.outcome !== 'registered') throw new Error('The session could not be bound.');
  reply.header('set-cookie', [`__Host-session=${token}`, `__Host-session-device=${bound.token}`]);
  return { user };
});
app.get('/me', { ...answersUser, onRequest: app.requirePrincipal }, ({ principal }) => ({
  user: requireUser(
    principal ? { id: principal.userId, username: principal.username, roles: principal.roles } : undefined,
  ),
}));
await listen(app);

function prove(challenge: string): string {
  const header = { alg: 'ES256', typ: 'dbsc+jwt', jwk: publicKey.export({ format: 'jwk' }) };
  const text = [header, { jti: challenge }].map(encode).join('.');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
