// GET /openapi.json and GET /docs: the page must work under its own security headers.

import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { listenOnFreePort, openService } from './service.ts';

let app: FastifyInstance;
beforeEach(async () => {
  const service = await openService({
    docs: true,
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    routes: (app) => {
      const response = { 200: { type: 'object', properties: { id: { type: 'string' } } } };
      app.get('/users/:id', { schema: { security: [{ bearer: [] }], response } }, () => ({ id: '1' }));
    },
  });
  app = service.app;
});

describe('GET /openapi.json', () => {
  it('describes every route, its credentials, and the form of every error', async () => {
    const spec = (await app.inject('/openapi.json')).json();
    expect(spec).toMatchObject({ openapi: '3.1.0', info: { title: 'test-api', description: 'For tests.' } });
    expect(Object.keys(spec.paths).sort()).toEqual(['/health', '/ready', '/users/{id}']);
    expect(spec.components.securitySchemes.bearer).toEqual({ type: 'http', scheme: 'bearer' });
    const { get } = spec.paths['/users/{id}'];
    expect(get.security).toEqual([{ bearer: [] }]);
    expect(Object.keys(get.responses).sort()).toEqual(['200', '4XX', '5XX']);
    expect(JSON.stringify(get.responses['4XX'])).toContain('#/components/schemas/Error');
    expect(spec.components.schemas.Error.required).toEqual(['statusCode', 'code', 'error', 'message']);
  });
});

describe('GET /docs', () => {
  /** @returns the sources that the policy allows for this directive. */
  const readSources = (policy: string, kind: string): string[] => {
    const directives = new Map(
      policy.split(';').map((part) => {
        const [name = '', ...sources] = part.trim().split(/\s+/);
        return [name, sources] as const;
      }),
    );
    return directives.get(kind) ?? directives.get('default-src') ?? [];
  };

  it('is a page whose scripts, styles and pictures exist on this server with the right type', async () => {
    const page = await app.inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const policy = String(page.headers['content-security-policy']);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const file = new URL(link, 'http://this-server/docs');
      expect(file.host).toBe('this-server');
      const answer = await app.inject(file.pathname);
      expect([link, answer.statusCode]).toEqual([link, 200]);
      // With nosniff, a browser runs scripts and applies style sheets only if their type says so.
      const type = { js: /javascript/, css: /text\/css/, png: /image\/png/ }[link.split('.').pop() ?? ''];
      if (type !== undefined) expect(answer.headers['content-type']).toMatch(type);
    }
    expect(readSources(policy, 'script-src')).toContain("'self'");
    expect(readSources(policy, 'style-src')).toContain("'self'");
  });

  it('has no inline script, which its policy would block', async () => {
    const page = await app.inject('/docs');
    expect([...page.body.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)]).toEqual([]);
    expect(page.body).not.toMatch(/\son\w+="/);
    const policy = String(page.headers['content-security-policy']);
    expect(readSources(policy, 'script-src')).not.toContain("'unsafe-inline'");
  });

  it('loads the description from this server, as its policy allows', async () => {
    const page = await app.inject('/docs');
    const initializer = await app.inject('/docs/static/swagger-initializer.js');
    expect(initializer.body).toContain('/json');
    expect((await app.inject('/docs/json')).json().info.title).toBe('test-api');
    expect(readSources(String(page.headers['content-security-policy']), 'connect-src')).toContain("'self'");
  });

  it('cannot be framed and sends no referrer', async () => {
    const { url } = await listenOnFreePort(app);
    const headers = Object.fromEntries((await fetch(`${url}/docs`)).headers);
    expect(readSources(String(headers['content-security-policy']), 'frame-ancestors')).toEqual(["'none'"]);
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-served-by': 'one',
    });
  });

  it('does not exist if it is switched off', async () => {
    const { app: bare } = await openService({ docs: false });
    expect((await bare.inject('/docs')).statusCode).toBe(404);
    expect((await bare.inject('/openapi.json')).statusCode).toBe(404);
  });
});
