// Both clients' exchanges with a real server, for docs/walks.md; a test repeats them. What differs from run to run
// (ids, tokens, times, ports) is replaced.

import { StatefulClient, StatelessClient, walkThrough } from '@statecraft/auth-client';
import { readSection, replaceSection, startNode } from '@statecraft/infra-dev';
import { readText, writeText } from './pages.ts';

const PAGE = 'docs/walks.md';
export const MODES = {
  stateless: { port: 3000, connect: (baseUrl: string) => new StatelessClient({ baseUrl }) },
  stateful: { port: 3001, connect: (baseUrl: string) => new StatefulClient({ baseUrl }) },
} as const;
export type WalkMode = keyof typeof MODES;
export const WALK_MODES = Object.keys(MODES) as WalkMode[];

/** Walks through the app. @returns what the client prints, as the page shows it. */
export async function formatWalk(mode: WalkMode): Promise<string> {
  const server = startNode(new URL(`../../apps/${mode}-api/src/main.ts`, import.meta.url), {
    env: { PORT: '0', INSTANCE_ID: `${mode}-api`, LOG_LEVEL: 'warn', PASSWORD_MEMORY_KIB: '8' },
  });
  const lines: string[] = [];
  try {
    const url = await server.url;
    const options = { username: 'ada', password: 'correct horse battery staple', register: true };
    await walkThrough(MODES[mode].connect(url), { ...options, print: (line) => lines.push(line) });
    return `\`\`\`\n${lines.map((line) => replaceVarying(line, url, mode)).join('\n')}\n\`\`\``;
  } finally {
    await server.stop();
  }
}

function replaceVarying(line: string, url: string, mode: WalkMode): string {
  return line
    .replaceAll(url, `http://127.0.0.1:${MODES[mode].port}`)
    .replace(/, \d+ ms$/, '')
    .replace(/[\w-]{6}…[\w-]{4} \(\d+ characters\)/g, '<credential>')
    .replace(/\b[\w-]{22}\b/g, '<id>')
    .replace(/"(iat|exp)":\d+/g, '"$1":<time>')
    .replace(/"(sub|jti)":"[^"]*"/g, '"$1":"<id>"')
    .replace(/"id":"[^"]*"/g, '"id":"<id>"')
    .replace(/\(id [^)]*\)/, '(id <id>)');
}

export const readWalk = (mode: WalkMode): string => readSection(readText(PAGE), `walk-${mode}`);

export async function writePages(): Promise<void> {
  for (const mode of WALK_MODES) {
    writeText(PAGE, replaceSection(readText(PAGE), `walk-${mode}`, await formatWalk(mode)));
  }
}
