// wrk with one thread: written in C, so that a core of its own asks more than a Node server on another can answer.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, LoadResult } from './load.ts';

const script = fileURLToPath(new URL('wrk.lua', import.meta.url));

interface WrkResult extends Omit<LoadResult, 'seconds'> {
  readonly durationUs: number;
}

export async function loadWithWrk({ url, each, file, from, seconds, connections }: Load): Promise<LoadResult> {
  const time = ['-d', `${Math.ceil(seconds)}s`, '--timeout', '5s'];
  const wrk = ['-t', '1', '-c', String(connections), ...time, '-s', script, url];
  const running = promisify(execFile)('wrk', [...wrk, '--', each, file, String(from), String(connections)]);
  // wrk knows whole seconds only, and ends in good order on SIGINT.
  const early = setTimeout(() => running.child.kill('SIGINT'), seconds * 1000);
  const { stdout } = await running.finally(() => clearTimeout(early));
  const [, json] = /^RESULT (.*)$/m.exec(stdout) ?? [];
  if (json === undefined) throw new Error(`wrk said no result:\n${stdout}`);
  const { durationUs, ...result } = JSON.parse(json) as WrkResult;
  return { ...result, seconds: durationUs / 1e6 };
}
