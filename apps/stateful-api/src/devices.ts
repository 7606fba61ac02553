// The user's sessions as a list of devices, and the end of one of them (ASVS 7.5.2).

import { NO_CONTENT, toSchema, UserSessionEntry } from '@statecraft/accounts';
import type { Principal, SessionRecord } from '@statecraft/auth-core';
import { withPrincipal } from '@statecraft/auth-fastify';
import { ServiceError } from '@statecraft/service-kit';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { describeSession } from './managed-sessions.ts';

const SessionList = z.object({ sessions: z.array(UserSessionEntry.extend({ current: z.boolean() })) });

interface DeviceRoutesOptions {
  /** OpenAPI security of the routes. */
  readonly security: readonly Record<string, readonly string[]>[];
}

export async function deviceRoutes(app: FastifyInstance, { security }: DeviceRoutesOptions): Promise<void> {
  const signedIn = { onRequest: app.requirePrincipal };

  app.get(
    '/auth/sessions',
    {
      ...signedIn,
      schema: { summary: "Lists the user's sessions.", security, response: { 200: toSchema(SessionList) } },
    },
    withPrincipal(async ({ principal, sessions }) => {
      const records = await sessions.list(principal.userId);
      const isCurrent = ({ id }: SessionRecord) => id === readSessionId(principal);
      return {
        sessions: records.map((record) => ({ ...describeSession(sessions, record), current: isCurrent(record) })),
      };
    }),
  );

  app.delete<{ Params: { id: string } }>(
    '/auth/sessions/:id',
    {
      ...signedIn,
      config: { authEvent: 'session-end' },
      schema: { summary: "Ends one of the user's sessions.", security, response: NO_CONTENT },
    },
    withPrincipal<{ Params: { id: string } }>(async (request, reply) => {
      const { principal, params } = request;
      if (params.id === readSessionId(principal)) await request.session.destroy();
      // The session of another user is answered like one that does not exist.
      else if (!(await request.sessions.revoke(params.id, principal))) throw new ServiceError('ERR_NOT_FOUND');
      reply.code(204);
    }),
  );
}

/** The store's id of the present session. */
export function readSessionId({ credential }: Principal): string {
  return credential.kind === 'session' ? credential.sessionId : '';
}
