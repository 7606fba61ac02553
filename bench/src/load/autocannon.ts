// Where there is no wrk: autocannon in this process. It is slower than the fastest servers here, so shares come out nearer
// to 1 than they are; the report says which generator it was.

import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { bucketOf, toText } from '../histogram.ts';
import type { Load, LoadResult } from './load.ts';

export async function loadWithAutocannon({ url, seconds, connections, ...load }: Load): Promise<LoadResult> {
  const histogram = new Map<number, number>();
  const options = { url, connections, duration: seconds, requests: [requestOf(load)] };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
    running.on('response', (_client, _status, _bytes, ms) => {
      const bucket = bucketOf(1000 * ms);
      histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
    });
  });
  return {
    requests: result.requests.total,
    seconds: result.duration,
    histogram: toText(histogram),
    not2xx: result.non2xx,
    errors: result.errors + result.timeouts,
  };
}

function requestOf({ each, file, from }: Pick<Load, 'each' | 'file' | 'from'>): autocannon.Request {
  if (each === 'none') return { method: 'GET' };
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  let at = from;
  const next = () => lines[at++ % lines.length] ?? '';
  if (each === 'body') {
    const headers = { 'content-type': 'application/json' };
    return { method: 'POST', setupRequest: (request) => ({ ...request, headers, body: next() }) };
  }
  return { method: 'GET', setupRequest: (request) => ({ ...request, headers: { [each]: next() } }) };
}
