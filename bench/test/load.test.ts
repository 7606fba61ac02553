// Both generators on a server that says which line it was sent. Half a second each: what is tested is what they count, not how fast.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { merged } from '../src/histogram.ts';
import { withLines } from '../src/lines.ts';
import { type Generator, generate, generatorHere } from '../src/load/generate.ts';
import type { Load } from '../src/load/load.ts';

let server: Server;
let url: string;
let seen: string[] = [];
let run = 0;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const text = request.method === 'POST' ? await bodyOf(request) : (request.headers.cookie ?? '');
    // What an earlier run still had under way is not this one's.
    if (request.url === `/${run}`) seen.push(text);
    response.writeHead(text.endsWith('7') ? 401 : 200).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.closeAllConnections());

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

const load = (by: Generator, lines: readonly string[], each: Load['each'], from = 0) => {
  seen = [];
  run++;
  return withLines(lines, (file) => generate(by, { url: url + run, each, file, from, seconds: 0.5, connections: 2 }));
};

const answersIn = (histogram: string): number => [...merged([histogram]).values()].reduce((sum, one) => sum + one, 0);
const many = Array.from({ length: 10_001 }, (_, at) => `n=${String(at).padStart(6, '0')}`);

describe.each([...new Set<Generator>([generatorHere(), 'autocannon'])])('%s', (by) => {
  it('goes through the lines in turn, from the one that it is told', async () => {
    const { requests, errors, histogram } = await load(by, ['a=0', 'a=1', 'a=2', 'a=3'], 'cookie', 2);
    // wrk makes one request beforehand, to look at it.
    expect(['a=2', 'a=3']).toContain(seen[0]);
    expect(new Set(seen)).toEqual(new Set(['a=0', 'a=1', 'a=2', 'a=3']));
    expect(errors).toBe(0);
    expect(requests).toBeGreaterThan(10);
    expect(Math.abs(answersIn(histogram) - requests)).toBeLessThanOrEqual(4);
  });

  it('sends no line twice before all were sent, also of more than it makes beforehand', async () => {
    await load(by, many, 'cookie', 5_000);
    const first = seen.slice(0, 5_000);
    expect(first[0]).toMatch(/^n=00500[012]$/);
    expect(new Set(first).size).toBe(first.length);
  });

  it('posts a line as the body', async () => {
    await load(by, ['{"n":1}', '{"n":2}'], 'body');
    expect(new Set(seen)).toEqual(new Set(['{"n":1}', '{"n":2}']));
  });

  it('counts the answers that are not 2xx', async () => {
    const { requests, not2xx } = await load(by, ['a=7', 'a=8'], 'cookie');
    expect(Math.abs(not2xx - requests / 2)).toBeLessThanOrEqual(3);
  });
});
