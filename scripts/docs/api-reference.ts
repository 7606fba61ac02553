// The sections of docs/api-reference.md, one for each route: from the OpenAPI documents of both APIs and from
// api-routes.ts. A test runs every command of the page.

import { replaceSection } from '@statecraft/infra-dev';
import { buildApp as buildStateful } from '../../apps/stateful-api/src/app.ts';
import { readConfig as readStateful } from '../../apps/stateful-api/src/config.ts';
import { buildApp as buildStateless } from '../../apps/stateless-api/src/app.ts';
import { readConfig as readStateless } from '../../apps/stateless-api/src/config.ts';
import { APIS, type Api, type Example, ROUTE_TEXTS, type RouteText } from './api-routes.ts';
import { formatAnswer, formatBody, formatQuery, type Operation, readStatus } from './api-schema.ts';
import { listErrorTables } from './errors.ts';
import { readText, wrapText, writeText } from './pages.ts';

const PAGE = 'docs/api-reference.md';
const API_NAMES = Object.keys(APIS) as Api[];
const ENV = { NODE_ENV: 'test', LOG_LEVEL: 'silent', PASSWORD_MEMORY_KIB: '8' };
const JWT_SECRET = 'for the description of the routes only';

/** `POST /auth/login` → what the OpenAPI document of an API says about it. */
export type Operations = Readonly<Record<string, Operation>>;

export async function readOperations(api: Api): Promise<Operations> {
  const app = await (api === 'stateless-api'
    ? buildStateless(readStateless({ ...ENV, JWT_SECRET }))
    : buildStateful(readStateful({ ...ENV, SESSION_DEVICE_BOUND: '1' })));
  await app.ready();
  const { paths } = app.swagger() as unknown as { paths: Record<string, Operations> };
  await app.close();
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
}

/** @throws if a route has no text in api-routes.ts, or a text has no route */
export async function formatRoutes(): Promise<string> {
  const all = new Map<Api, Operations>();
  for (const api of API_NAMES) all.set(api, await readOperations(api));
  const served = new Set([...all.values()].flatMap((operations) => Object.keys(operations)));
  const described = new Set(Object.values(ROUTE_TEXTS).flatMap((group) => Object.keys(group)));
  const odd = [
    ...[...served].filter((route) => !described.has(route)),
    ...[...described].filter((route) => !served.has(route)),
  ];
  if (odd.length > 0)
    throw new Error(`In scripts/docs/api-routes.ts or in an API, but not in both: ${odd.join(', ')}.`);
  return Object.entries(ROUTE_TEXTS)
    .map(([title, group]) => {
      const sections = Object.entries(group).map(([route, text]) => formatSection(route, text, all));
      return `## ${title}\n\n${sections.join('\n\n')}`;
    })
    .join('\n\n');
}

function formatSection(route: string, text: RouteText, all: ReadonlyMap<Api, Operations>): string {
  const serving = API_NAMES.flatMap((api) => {
    const operation = all.get(api)?.[route];
    return operation === undefined ? [] : [{ api, operation, facts: listFacts(route, operation, text) }];
  });
  const [first] = serving;
  const names = Object.keys(first?.facts ?? {});
  const isEqual = (name: string) => new Set(serving.map(({ facts }) => facts[name])).size === 1;
  const equal = names.filter((name) => isEqual(name) && first?.facts[name] !== '');
  const servedBy = serving.length === 1 ? `${first?.api} only` : 'both APIs';
  const facts = [`- served by: ${servedBy}`, ...equal.map((name) => formatFact(name, first?.facts[name] ?? ''))];
  const rows = names
    .filter((name) => !isEqual(name))
    .map((name) => `| ${name} | ${serving.map((one) => one.facts[name]).join(' | ')} |`);
  const table =
    rows.length === 0 ? [] : [`| | ${serving.map(({ api }) => api).join(' | ')} |\n|---|---|---|\n${rows.join('\n')}`];
  const notes = text.notes === undefined ? [] : [wrapText(text.notes)];
  const commands = serving.map(({ api, operation }) => formatCommands(api, route, operation, text));
  return [`### ${route}`, facts.join('\n'), ...table, ...notes, `\`\`\`sh\n${commands.join('\n')}\n\`\`\``].join(
    '\n\n',
  );
}

function listFacts(route: string, operation: Operation, { errors = [] }: RouteText): Record<string, string> {
  const isGuarded = operation.security !== undefined;
  const isForAdmins = route.includes(' /admin/');
  const codes = [
    ...(operation.requestBody === undefined ? [] : ['ERR_VALIDATION']),
    ...errors,
    ...(isGuarded ? ['ERR_UNAUTHENTICATED'] : []),
    ...(isForAdmins ? ['ERR_FORBIDDEN', 'ERR_NOT_ADMINISTRATOR'] : []),
  ];
  return {
    'what it does': operation.summary ?? '',
    for: isForAdmins ? 'users with the role `admin`' : isGuarded ? 'signed-in users' : 'anyone',
    query: formatQuery(operation),
    body: formatBody(operation),
    answer: formatAnswer(operation),
    errors: codes.map(formatCode).sort().join(', '),
  };
}

/** A status and its code stay on one line. */
const NO_BREAK = '\u00a0';

function formatFact(name: string, value: string): string {
  return wrapText(`- ${name}: ${value}`, 2).replaceAll(NO_BREAK, ' ');
}

function formatCode(code: string): string {
  const row = listErrorTables()
    .map(([, table]) => table[code])
    .find((found) => found !== undefined);
  if (row === undefined) throw new Error(`No table has the error code ${code}.`);
  return `${row.statusCode}${NO_BREAK}\`${code}\``;
}

/** The commands of one API, under a comment with the status that the last of them gets. */
function formatCommands(api: Api, route: string, operation: Operation, text: RouteText): string {
  const example = { ...text.example, ...text.examples?.[api] };
  const { before = [], keeps, status = readStatus(operation) } = example;
  const [variable, field] = keeps?.split('=') ?? [];
  const command = formatCurl(api, route, example, operation.security !== undefined || route === 'POST /auth/logout');
  const kept = `${variable}=$(sed -nE 's/.*"${field}":"([^"]+)".*/\\1/p' answer.txt)`;
  const shown = keeps === undefined ? [command] : [`${command} | tee answer.txt`, kept];
  return [`# ${api} answers ${status}`, ...before, ...shown].join('\n');
}

function formatCurl(api: Api, route: string, example: Example, isGuarded: boolean): string {
  const [method = '', path = ''] = route.split(' ');
  const { values = {}, query, body, header, changesCookie = false, keeps } = example;
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? fail(`${route}: no ${name}`));
  const base = `http://localhost:${APIS[api]}${filled}`;
  // Quoted, because ? is a pattern in some shells.
  const url = query === undefined ? base : `'${base}?${query}'`;
  const isPlain = method === (body === undefined ? 'GET' : 'POST');
  const credential = api === 'stateless-api' ? ['-H "Authorization: Bearer $TOKEN"'] : ['-b jar'];
  const parts = [
    `curl ${keeps === undefined ? '-i' : '-si'}`,
    ...(isPlain ? [] : [`-X ${method}`]),
    ...(isGuarded ? credential : []),
    ...(changesCookie ? ['-c jar'] : []),
    ...(header === undefined ? [] : [`-H '${header}'`]),
    ...(body === undefined ? [] : ["-H 'content-type: application/json'", `-d '${JSON.stringify(body)}'`]),
    url,
  ];
  return breakCommand(parts);
}

/** At most 118 columns, with a backslash at the end of each line but the last. */
function breakCommand(parts: readonly string[]): string {
  const lines = [''];
  for (const part of parts) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + part.length > 112) lines.push(`  ${part}`);
    else lines[lines.length - 1] = line === '' ? part : `${line} ${part}`;
  }
  return lines.join(' \\\n');
}

function fail(message: string): never {
  throw new Error(message);
}

export async function writePages(): Promise<void> {
  writeText(PAGE, replaceSection(readText(PAGE), 'routes', await formatRoutes()));
}
