// The routes with which an administrator manages users, in both APIs.
//
//   role `admin` in the credential ──> role `admin` in the database, now ──> administration.ts
//
// A credential may be older than a change of roles (a token lives on), so the database is asked as well.

import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import type { Administration } from './administration.ts';
import type { UserSummary } from './contracts/directory.ts';
import { ADMIN_ROLE } from './roles.ts';
import { NO_CONTENT, toSchema } from './routes.ts';
import {
  type ManagedUser,
  ManagedUserAnswer,
  ManagedUserList,
  RolesChange,
  UserPageQuery,
  UserSessionList,
} from './schemas.ts';

interface UserRoute {
  readonly Params: { readonly id: string };
}

interface SessionRoute {
  readonly Params: { readonly id: string; readonly sessionId: string };
}

export interface AdminRoutesOptions {
  readonly administration: Administration;
  /** OpenAPI security of the routes, such as `[{ cookie: [] }]`. */
  readonly security: readonly Record<string, readonly string[]>[];
}

export const adminRoutes: FastifyPluginAsync<AdminRoutesOptions> = async (app, { administration, security }) => {
  // The guard before has made sure that there is a principal.
  const requireAdministrator = async ({ principal }: FastifyRequest) =>
    administration.requireAdministrator(principal?.userId ?? '');
  const guarded = { onRequest: app.requireRole(ADMIN_ROLE), preHandler: requireAdministrator };
  // @fastify/swagger reads `summary` and `security` from a route's schema.
  const secure = (summary: string, schema: FastifySchema): FastifySchema =>
    Object.assign({ summary, security }, schema);
  const change = (authEvent: string, summary: string, schema: FastifySchema = {}) => {
    return { ...guarded, config: { authEvent }, schema: secure(summary, { ...schema, response: NO_CONTENT }) };
  };

  app.get<{ Querystring: UserPageQuery }>(
    '/admin/users',
    {
      ...guarded,
      schema: secure('Lists users by name.', {
        querystring: toSchema(UserPageQuery),
        response: { 200: toSchema(ManagedUserList) },
      }),
    },
    async ({ query: { after, limit } }) => {
      const { users, next } = await administration.list({
        limit: Number(limit),
        ...(after !== undefined && { after }),
      });
      return { users: users.map(showUser), next };
    },
  );

  app.get<UserRoute>(
    '/admin/users/:id',
    { ...guarded, schema: secure('Shows a user.', { response: { 200: toSchema(ManagedUserAnswer) } }) },
    async ({ params }) => ({ user: showUser(await administration.find(params.id)) }),
  );

  app.post<UserRoute>(
    '/admin/users/:id/disable',
    change('user-disable', 'Closes an account to sign-in.'),
    async ({ params }, reply) => {
      await administration.disable(params.id);
      reply.code(204);
    },
  );

  app.post<UserRoute>(
    '/admin/users/:id/enable',
    change('user-enable', 'Opens a disabled account again.'),
    async ({ params }, reply) => {
      await administration.enable(params.id);
      reply.code(204);
    },
  );

  app.put<UserRoute & { Body: RolesChange }>(
    '/admin/users/:id/roles',
    change('user-roles', 'Replaces the roles of a user.', { body: toSchema(RolesChange) }),
    async ({ params, body }, reply) => {
      await administration.setRoles(params.id, body.roles);
      reply.code(204);
    },
  );

  app.delete<UserRoute>('/admin/users/:id', change('user-delete', 'Deletes a user.'), async ({ params }, reply) => {
    await administration.remove(params.id);
    reply.code(204);
  });

  if (!administration.hasSessions) return;

  app.get<UserRoute>(
    '/admin/users/:id/sessions',
    { ...guarded, schema: secure('Lists the sessions of a user.', { response: { 200: toSchema(UserSessionList) } }) },
    async ({ params }) => ({ sessions: await administration.listSessions(params.id) }),
  );

  app.delete<UserRoute>(
    '/admin/users/:id/sessions',
    change('user-sessions-end', 'Ends all sessions of a user.'),
    async ({ params }, reply) => {
      await administration.endSessions(params.id);
      reply.code(204);
    },
  );

  app.delete<SessionRoute>(
    '/admin/users/:id/sessions/:sessionId',
    change('user-session-end', 'Ends one session of a user.'),
    async ({ params: { id, sessionId } }, reply) => {
      await administration.endSession(id, sessionId);
      reply.code(204);
    },
  );
};

function showUser({ user: { id, username, roles }, ...summary }: UserSummary): ManagedUser {
  return {
    ...{ id, username, roles: [...roles], status: summary.status },
    createdAt: new Date(summary.createdAt).toISOString(),
    passwordChangedAt: new Date(summary.passwordChangedAt).toISOString(),
  };
}

/** For the log of auth events: the id of the user whom an administrator changes. */
export function nameTarget({ params }: FastifyRequest, event: string): string | undefined {
  return event.startsWith('user-') ? (params as UserRoute['Params']).id : undefined;
}
