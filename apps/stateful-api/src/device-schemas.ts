// What the OpenAPI document says about the two endpoints that the session plugin adds for device-bound sessions.

import type { FastifyInstance } from 'fastify';

const INSTRUCTIONS = {
  description: 'JSON session instructions (W3C draft Device Bound Session Credentials).',
  type: 'object',
  properties: {
    session_identifier: { type: 'string' },
    continue: { type: 'boolean' },
    refresh_url: { type: 'string' },
  },
  required: ['session_identifier'],
  additionalProperties: true,
} as const;

const SCHEMAS: Readonly<Record<string, object>> = {
  '/auth/device/register': {
    summary: "Binds the session to the browser's key, and sets the device cookie. Browsers call it by themselves.",
    response: { 200: INSTRUCTIONS },
  },
  '/auth/device/refresh': {
    summary: 'Renews the device cookie of a browser that proves its key. Browsers call it by themselves.',
    response: { 200: INSTRUCTIONS },
  },
};

/** Describes the routes that are added after this call. */
export function describeDeviceRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const schema = SCHEMAS[route.url];
    if (schema !== undefined) route.schema = schema;
  });
}
