// Real processes: what is done to them, and that none outlives the lab.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { type ServerCommand, type ServerProcess, startServer } from '../src/processes/server.ts';
import { entries, newFolder } from './running.ts';

async function startTestServer(more: Pick<ServerCommand, 'preload'> = {}): Promise<ServerProcess> {
  const command = { entry: entries.stateful, env: { LOG_LEVEL: 'info' }, ...more };
  const server = await startServer('memory-1', { ...command, logFile: join(newFolder(), 'server.log') });
  onTestFinished(async () => void (await server.kill()));
  return server;
}
const readHealth = async (server: ServerProcess, headersTimeout = 5_000) => {
  const answer = await request(`${server.url}/health`, { headersTimeout, reset: true });
  await answer.body.dump();
  return answer.statusCode;
};

it('kills a server, and starts it again on the same port', async () => {
  const server = await startTestServer();
  const { pid, url } = server;
  expect(await server.kill()).toMatchObject({ pid, signal: 'SIGKILL', exitCode: null });
  await expect(readHealth(server)).rejects.toThrow();
  await server.start();
  expect(server.url).toBe(url);
  expect(server.pid).not.toBe(pid);
  expect(await readHealth(server)).toBe(200);
});

it('lets a server drain: SIGTERM ends it with 0', async () => {
  const server = await startTestServer();
  expect(await server.stop(20_000)).toMatchObject({ signal: null, exitCode: 0 });
});

it('pauses a server, which then does not answer, and lets it go on', async () => {
  const server = await startTestServer();
  server.pause();
  await expect(readHealth(server, 300)).rejects.toThrow(/Headers Timeout/);
  server.resume();
  expect(await readHealth(server)).toBe(200);
});

it('steps the wall clock of one server, forth and back; a new start has the right time', async () => {
  const server = await startTestServer({ preload: 'stepped-clock' });
  const countHoursAhead = async () => {
    const { headers, body } = await request(`${server.url}/health`, { reset: true });
    await body.dump();
    // -0 is not 0 to vitest.
    return Math.round((Date.parse(String(headers.date)) - Date.now()) / 3_600_000) + 0;
  };
  expect(await countHoursAhead()).toBe(0);
  await server.callPreload('stepped-clock', 5 * 3_600_000);
  expect(await countHoursAhead()).toBe(5);
  await server.callPreload('stepped-clock', -3 * 3_600_000);
  expect(await countHoursAhead()).toBe(-3);
  expect(await server.stop(20_000)).toMatchObject({ signal: null, exitCode: 0 });
  await server.start();
  expect(await countHoursAhead()).toBe(0);
});

it('weighs the heap of a server after a collection of garbage', async () => {
  const server = await startTestServer({ preload: 'heap' });
  const [first, second] = [await server.callPreload('heap'), await server.callPreload('heap')];
  expect(first).toBeGreaterThan(2 ** 20);
  expect(Math.abs(second - first)).toBeLessThan(2 ** 20);
});

it('cannot step the clock of a server that was started without the preload', async () => {
  const server = await startTestServer();
  await expect(server.callPreload('stepped-clock')).rejects.toThrow('memory-1 was started without the preload');
});

it.runIf(process.platform === 'linux')(
  'leaves no process behind when the lab is killed with -9',
  async () => {
    const file = fileURLToPath(new URL('keeps-running.ts', import.meta.url));
    const lab = spawn(process.execPath, ['--conditions=@statecraft/source', file, entries.stateful], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void lab.kill('SIGKILL'));
    const [line] = await once(lab.stdout, 'data');
    const pids = JSON.parse(String(line)) as number[];
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    lab.kill('SIGKILL');
    await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  },
  120_000,
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
