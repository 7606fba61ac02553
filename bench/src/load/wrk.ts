// wrk with one thread: written in C, so that a core of its own asks more than a Node server on another can answer.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, LoadResult } from './load.ts';

const script = fileURLToPath(new URL('wrk.lua', import.meta.url));

interface WrkResult {
  readonly requests: number;
  readonly durationUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly not2xx: number;
  readonly errors: number;
}

export async function loadWithWrk({ url, header, file, from, seconds, connections }: Load): Promise<LoadResult> {
  const time = ['-d', `${Math.ceil(seconds)}s`, '--timeout', '5s'];
  const wrk = ['-t', '1', '-c', String(connections), ...time, '-s', script, `${url}/auth/me`];
  const running = promisify(execFile)('wrk', [...wrk, '--', header, file, String(from)]);
  // wrk knows whole seconds only, and ends in good order on SIGINT.
  const early = setTimeout(() => running.child.kill('SIGINT'), seconds * 1000);
  const { stdout } = await running.finally(() => clearTimeout(early));
  const [, json] = /^RESULT (.*)$/m.exec(stdout) ?? [];
  if (json === undefined) throw new Error(`wrk said no result:\n${stdout}`);
  const { requests, durationUs, p50Us, p99Us, maxUs, not2xx, errors } = JSON.parse(json) as WrkResult;
  const ms = { p50Ms: p50Us / 1000, p99Ms: p99Us / 1000, maxMs: maxUs / 1000 };
  return { perSecond: (requests * 1e6) / durationUs, requests, ...ms, not2xx, errors };
}
