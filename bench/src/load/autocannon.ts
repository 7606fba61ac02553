// Where there is no wrk: autocannon in this process. It is slower than the fastest servers here, so shares come out nearer
// to 1 than they are; the report says which generator it was.

import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.ts';

export async function loadWithAutocannon(load: Load): Promise<LoadResult> {
  const { url, header, file, from, seconds: duration, connections } = load;
  const lines = header === 'none' ? [] : readFileSync(file, 'utf8').trimEnd().split('\n');
  let at = from;
  const next = () => lines[at++ % lines.length] ?? '';
  const setupRequest = (request: autocannon.Request): autocannon.Request => ({
    ...request,
    headers: { ...request.headers, [header]: next() },
  });
  const requests = header === 'none' ? [{ method: 'GET' as const }] : [{ method: 'GET' as const, setupRequest }];
  const result = await autocannon({ url: `${url}/auth/me`, connections, duration, requests });
  const { p50, p99, max } = result.latency;
  return {
    perSecond: result.requests.total / result.duration,
    requests: result.requests.total,
    p50Ms: p50,
    p99Ms: p99,
    maxMs: max,
    not2xx: result.non2xx,
    errors: result.errors + result.timeouts,
  };
}
