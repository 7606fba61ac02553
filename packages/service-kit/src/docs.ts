// GET /openapi.json, generated from the routes' schemas, and GET /docs, a page that shows it in a browser.

import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

export interface DocsOptions {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** OpenAPI security schemes by name. */
  readonly securitySchemes?: Record<string, object> | undefined;
}

// Allows only the page's own scripts and styles. The other headers are those of Helmet's list that a page needs.
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Adds /openapi.json and /docs. Describes the routes that are added after this call. */
export async function describeApi(app: FastifyInstance, options: DocsOptions): Promise<void> {
  const { title, description, version, securitySchemes = {} } = options;
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version },
      components: { securitySchemes: securitySchemes as never },
    },
    // Schemas keep their own name (Error) instead of def-0.
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => String(json.$id ?? `def-${index}`) },
  });
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide === true) return;
    const response = { '4xx': { $ref: 'Error#' }, '5xx': { $ref: 'Error#' }, ...(route.schema?.response as object) };
    route.schema = { ...route.schema, response };
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(async (page) => {
    page.addHook('onSend', async (_request, reply) => void reply.headers(PAGE_HEADERS));
    await page.register(fastifySwaggerUi, { routePrefix: '/docs' });
  });
}
