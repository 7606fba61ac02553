// GET /openapi.json and GET /docs: the page must work under the headers that it is sent with.

import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { openService } from './service.ts';

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
  it('describes every route, what it needs, and the one form of errors', async () => {
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
  /** The sources that the policy allows for one kind of thing. */
  const allowed = (policy: string, kind: string): string[] => {
    const directives = new Map(
      policy.split(';').map((part) => {
        const [name = '', ...sources] = part.trim().split(/\s+/);
        return [name, sources] as const;
      }),
    );
    return directives.get(kind) ?? directives.get('default-src') ?? [];
  };

  it('is a page whose scripts, styles and pictures are all there, of the right type, and of this server', async () => {
    const page = await app.inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const policy = String(page.headers['content-security-policy']);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const file = new URL(link, 'http://own/docs');
      expect(file.host).toBe('own');
      const answer = await app.inject(file.pathname);
      expect([link, answer.statusCode]).toEqual([link, 200]);
      // nosniff: a browser runs only what is called a script, and applies only what is called a style sheet.
      const type = { js: /javascript/, css: /text\/css/, png: /image\/png/ }[link.split('.').pop() ?? ''];
      if (type !== undefined) expect(answer.headers['content-type']).toMatch(type);
    }
    expect(allowed(policy, 'script-src')).toContain("'self'");
    expect(allowed(policy, 'style-src')).toContain("'self'");
  });

  it('has no script of its own in the page, which the policy would not run', async () => {
    const page = await app.inject('/docs');
    expect([...page.body.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)]).toEqual([]);
    expect(page.body).not.toMatch(/\son\w+="/);
    const policy = String(page.headers['content-security-policy']);
    expect(allowed(policy, 'script-src')).not.toContain("'unsafe-inline'");
  });

  it('reads the description from this server, as the policy allows', async () => {
    const page = await app.inject('/docs');
    const initializer = await app.inject('/docs/static/swagger-initializer.js');
    expect(initializer.body).toContain('/json');
    expect((await app.inject('/docs/json')).json().info.title).toBe('test-api');
    expect(allowed(String(page.headers['content-security-policy']), 'connect-src')).toContain("'self'");
  });

  it('may stand in no frame, and tells no other site where it was', async () => {
    const { headers } = await app.inject('/docs');
    expect(allowed(String(headers['content-security-policy']), 'frame-ancestors')).toEqual(["'none'"]);
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-served-by': 'one',
    });
  });

  it('is not there when it is switched off', async () => {
    const { app: bare } = await openService({ docs: false });
    expect((await bare.inject('/docs')).statusCode).toBe(404);
    expect((await bare.inject('/openapi.json')).statusCode).toBe(404);
  });
});
