// npm run docs:walks: writes both clients' exchange with a real server into docs/walks.md; a test repeats it. What differs from
// run to run (ids, tokens, times, ports) is replaced.

import { readFileSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { fileURLToPath } from 'node:url';
import { StatefulClient, StatelessClient, walkThrough } from '../packages/auth-client/src/index.ts';
import { startServer } from '../packages/lab/src/index.ts';

const APPS = {
  stateless: { port: 3000, connect: (baseUrl: string) => new StatelessClient({ baseUrl }) },
  stateful: { port: 3001, connect: (baseUrl: string) => new StatefulClient({ baseUrl }) },
} as const;
export type WalkMode = keyof typeof APPS;
export const WALK_MODES = Object.keys(APPS) as WalkMode[];

const PAGE = new URL('../docs/walks.md', import.meta.url);

/** The walk through the built app, line by line. */
export async function walkOf(mode: WalkMode): Promise<string> {
  const entry = fileURLToPath(new URL(`../apps/${mode}-api/dist/main.js`, import.meta.url));
  const env = { LOG_LEVEL: 'warn', PASSWORD_COST: '4' };
  const server = await startServer(`${mode}-api`, { entry, env, logFile: devNull });
  const lines: string[] = [];
  try {
    const options = { username: 'ada', password: 'correct horse battery staple', register: true };
    await walkThrough(APPS[mode].connect(server.url), { ...options, print: (line) => lines.push(line) });
  } finally {
    await server.stop();
  }
  return lines.map((line) => still(line, server.url, mode)).join('\n');
}

function still(line: string, url: string, mode: WalkMode): string {
  return line
    .replaceAll(url, `http://127.0.0.1:${APPS[mode].port}`)
    .replace(/, \d+ ms$/, '')
    .replace(/[\w-]{6}…[\w-]{4} \(\d+ characters\)/g, '<credential>')
    .replace(/\b[\w-]{22}\b/g, '<id>')
    .replace(/"(iat|exp)":\d+/g, '"$1":<time>')
    .replace(/"(sub|jti)":"[^"]*"/g, '"$1":"<id>"')
    .replace(/"id":"[^"]*"/g, '"id":"<id>"')
    .replace(/\(id [^)]*\)/, '(id <id>)');
}

const marked = (mode: WalkMode) =>
  new RegExp(`(<!-- generated:walk-${mode} -->\\n\`\`\`\\n)[\\s\\S]*?(\\n\`\`\`\\n<!-- /generated:walk-${mode} -->)`);

export function readWalk(mode: WalkMode): string | undefined {
  const [found = '', before = '', after = ''] = marked(mode).exec(readFileSync(PAGE, 'utf8')) ?? [];
  return found === '' ? undefined : found.slice(before.length, found.length - after.length);
}

if (import.meta.main) {
  for (const mode of WALK_MODES) {
    const walk = await walkOf(mode);
    const text = readFileSync(PAGE, 'utf8').replace(marked(mode), (_found, before, after) => before + walk + after);
    writeFileSync(PAGE, text);
  }
}
