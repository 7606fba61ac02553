// docs/api-reference.md and the OpenAPI documents of both APIs have the same routes, its commands get the answers that it
// says, and it names every error code for clients.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findExecutable, howToInstall, type NodeProcess, readSection, startNode } from '../infra/dev/src/index.ts';
import { formatRoutes, type Operations, readOperations } from '../scripts/docs/api-reference.ts';
import { APIS, type Api } from '../scripts/docs/api-routes.ts';
import { listErrorTables } from '../scripts/docs/errors.ts';

const page = readFileSync(new URL('../docs/api-reference.md', import.meta.url), 'utf8');
const routes = readSection(page, 'routes');
const API_NAMES = Object.keys(APIS) as Api[];

/** The lines under one comment such as `# stateless-api answers 200`. */
interface Example {
  readonly route: string;
  readonly api: string;
  readonly status: string;
  readonly lines: string[];
}

function listExamples(): Example[] {
  const examples: Example[] = [];
  let route = '';
  let isCode = false;
  for (const line of routes.split('\n')) {
    const [, api, status] = /^# (\S+) answers (\d+)$/.exec(line) ?? [];
    if (line.startsWith('### ')) route = line.slice(4);
    else if (line.startsWith('```')) isCode = line !== '```';
    else if (isCode && api !== undefined && status !== undefined) examples.push({ route, api, status, lines: [] });
    else if (isCode) examples.at(-1)?.lines.push(line);
  }
  return examples;
}

const examples = listExamples();

it('shows the routes as both OpenAPI documents have them (npm run docs -- api-reference writes them)', async () => {
  expect(routes).toBe(await formatRoutes());
});

describe('every route', () => {
  const operations = new Map<Api, Operations>();
  const listRoutes = () => [...new Set(API_NAMES.flatMap((api) => Object.keys(operations.get(api) ?? {})))];

  beforeAll(async () => {
    for (const api of API_NAMES) operations.set(api, await readOperations(api));
  });

  it('of both OpenAPI documents has one section', () => {
    const sections = [...routes.matchAll(/^### (.+)$/gm)].map(([, route]) => route);
    expect(sections.toSorted()).toEqual(listRoutes().sort());
  });

  it('has one command for each API that serves it', () => {
    for (const route of listRoutes()) {
      const serving = API_NAMES.filter((api) => operations.get(api)?.[route] !== undefined);
      const shown = examples.filter((example) => example.route === route).map(({ api }) => api);
      expect([route, shown]).toEqual([route, serving]);
    }
  });
});

describe('with both servers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-api-'));
  const servers: Partial<Record<Api, NodeProcess>> = {};
  const urls: Partial<Record<Api, string>> = {};

  beforeAll(async () => {
    for (const api of API_NAMES) {
      const server = startNode(new URL(`../apps/${api}/src/main.ts`, import.meta.url), {
        env: {
          ...{ PORT: '0', LOG_LEVEL: 'warn', DEMO_USERS: '1', PASSWORD_MEMORY_KIB: '8' },
          DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
          // curl keeps Secure cookies of this machine also over plain HTTP.
          ...(api === 'stateful-api' && { SESSION_DEVICE_BOUND: '1' }),
        },
      });
      servers[api] = server;
      urls[api] = await server.url;
    }
  });

  afterAll(async () => {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('every command gets the answer that the page says, in the order of the page', () => {
    const answers = runExamples(folder, urls as Record<Api, string>);
    const expected = examples.map(({ route, api, status }) => `${route} ${api} ${status}`);
    expect(answers).toEqual(expected);
  });

  it.each(['/metrics', '/openapi.json', '/docs'])(
    '%s, which the documents do not have, needs no sign-in',
    async (path) => {
      expect(page).toContain(`\`GET ${path}\``);
      for (const url of Object.values(urls)) expect((await fetch(url + path)).status).toBe(200);
    },
  );

  it('a route needs a credential unless the page says "anyone"', async () => {
    for (const { route, api } of examples) {
      const [method = '', path = ''] = route.split(' ');
      const url = `${urls[api as Api]}${path.replaceAll(/\{\w+\}/g, 'x')}`;
      const [section = ''] = (routes.split(`### ${route}\n`)[1] ?? '').split('\n###');
      expect([route, (await fetch(url, { method })).status === 401]).toEqual([
        route,
        !section.includes('- for: anyone'),
      ]);
    }
  });
});

/**
 * Runs all commands in one shell, as a reader does.
 * @returns `route api status` for each, with the status of its last curl, or with all of them if an earlier one failed
 */
function runExamples(folder: string, urls: Readonly<Record<Api, string>>): string[] {
  if (findExecutable('curl') === undefined) throw new Error(`The commands need curl. ${howToInstall('curl')}`);
  const script = examples
    .map(({ route, api, lines }) => `echo '@${route} ${api}' >&2\n${lines.join('\n')}`)
    .join('\n')
    .replaceAll(/http:\/\/localhost:(\d+)/g, (_all, port) => {
      const api = API_NAMES.find((name) => `${APIS[name]}` === port);
      return api === undefined ? 'no-server' : urls[api];
    });
  writeFileSync(join(folder, '.curlrc'), 'silent\nmax-time = 20\nwrite-out = "%{stderr}%{http_code}\\n"\n');
  const { stderr } = spawnSync('sh', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, CURL_HOME: folder },
    encoding: 'utf8',
  });
  return stderr
    .split('@')
    .slice(1)
    .map((part) => {
      const [name = '', ...statuses] = part.trim().split('\n');
      const isPrepared = statuses.slice(0, -1).every((status) => status.startsWith('2'));
      return `${name} ${isPrepared ? statuses.at(-1) : statuses.join(', ')}`;
    });
}

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
