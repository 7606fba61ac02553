// docs/api.md and the OpenAPI descriptions of both apps list the same routes; the page names every error code for
// clients.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp as buildStateful } from '../apps/stateful-api/src/app.ts';
import { readConfig as readStateful } from '../apps/stateful-api/src/config.ts';
import { buildApp as buildStateless } from '../apps/stateless-api/src/app.ts';
import { readConfig as readStateless } from '../apps/stateless-api/src/config.ts';
import { listErrorTables } from '../scripts/docs/errors.ts';

const page = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8');
const ENV = { NODE_ENV: 'test', LOG_LEVEL: 'silent', PASSWORD_MEMORY_KIB: '8' };

type App = Awaited<ReturnType<typeof buildStateful>>;

/** `POST /auth/login` → who may call it, the fields of its body, the status and the fields of its answer. */
type Routes = Record<string, { who: string; body: string[]; answer: string }>;

const splitNames = (text: string): string[] => [...text.matchAll(/\w+/g)].map(([name]) => name).sort();

function parseRoutes(section: string): Routes {
  const [, text = ''] = new RegExp(`^## ${section}\n([\\s\\S]*?)(?=^## )`, 'm').exec(page) ?? [];
  const rows = [...text.matchAll(/^\| `([A-Z]+ [^`]+)` \| ([^|]+) \| ([^|]*)\| (\d+)(?: `([^`]*)`)? \|$/gm)];
  return Object.fromEntries(
    rows.map(([, route = '', who = '', body = '', status = '', fields = '']) => [
      route,
      { who, body: splitNames(body), answer: `${status} ${splitNames(fields)}` },
    ]),
  );
}

interface Schema {
  readonly properties?: object;
  readonly $ref?: string;
}
interface Operation {
  readonly security?: object[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const ERROR = 'statusCode code error message';

function readFields(content: Record<string, { schema: Schema }> | undefined): string[] {
  const { properties = {}, $ref } = content?.['application/json']?.schema ?? {};
  return splitNames($ref === undefined ? Object.keys(properties).join(' ') : ERROR);
}

function readRoutes(app: App): Routes {
  const { paths } = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, requestBody, responses }]) => {
      const [status = ''] = Object.keys(responses).filter((code) => /^\d+$/.test(code));
      const guarded = path.startsWith('/admin/') ? 'role `admin`' : 'signed in';
      const who = security === undefined ? 'anyone' : guarded;
      const answer = `${status} ${readFields(responses[status]?.content)}`;
      return [`${method.toUpperCase()} ${path}`, { who, body: readFields(requestBody?.content), answer }] as const;
    }),
  );
  return Object.fromEntries(all);
}

describe.each([
  [
    'stateless-api',
    () => buildStateless(readStateless({ ...ENV, JWT_SECRET: 'a-secret-of-the-tests-0123456789-0123' })),
  ],
  ['stateful-api', () => buildStateful(readStateful(ENV))],
] as const)('%s', (name, build) => {
  let app: App;
  beforeAll(async () => {
    app = await build();
    await app.ready();
  });
  afterAll(() => app.close());

  it('has exactly the routes of the page, with these callers, bodies and answers', () => {
    expect({ ...parseRoutes('Both servers'), ...parseRoutes(name) }).toEqual(readRoutes(app));
  });

  it.each(['/metrics', '/openapi.json', '/docs'])(
    'has %s, which is not part of the OpenAPI description',
    async (path) => {
      expect(page).toContain(`\`GET ${path}\``);
      expect((await app.inject(path)).statusCode).toBe(200);
    },
  );

  it('requires a credential exactly on the routes that the page does not mark as "anyone"', async () => {
    for (const [route, { who }] of Object.entries(readRoutes(app))) {
      const [method = '', path = ''] = route.split(' ');
      const { statusCode } = await app.inject({ method: method as 'GET', url: path.replace(/\{\w+\}/, 'x') });
      expect([route, statusCode === 401]).toEqual([route, who !== 'anyone']);
    }
  });
});

describe('the errors', () => {
  // Answers of the gateway itself are in docs/gateway.md.
  const serverTables = listErrorTables().filter(([name]) =>
    ['auth-core', 'auth-fastify', 'accounts', 'service-kit'].includes(name),
  );
  const known = Object.assign({}, ...serverTables.map(([, table]) => table)) as Record<string, { statusCode: number }>;
  const named = [...page.matchAll(/(\d{3}) `(ERR_\w+)`/g)].map(
    ([, status, code = '']) => [code, Number(status)] as const,
  );

  it('have the status of their table', () => {
    expect(named.map(([code]) => [code, known[code]?.statusCode])).toEqual(named);
  });

  it('are all codes except those of programming errors', () => {
    const clients = Object.keys(known).filter((code) => known[code]?.statusCode !== 500 || code === 'ERR_INTERNAL');
    expect([...new Set(named.map(([code]) => code))].sort()).toEqual(clients.sort());
  });
});
