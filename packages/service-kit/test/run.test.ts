// A service as a real process: what it prints and how it ends.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { type NodeProcess, startNode } from '@statecraft/infra-dev';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitFor } from '../src/index.ts';

function startFixture(env: Record<string, string> = {}): NodeProcess {
  const service = startNode(new URL('fixtures/service.ts', import.meta.url), { env });
  onTestFinished(() => service.stop());
  return service;
}

/** Waits until the process has printed `text` on stderr. */
const waitForText = (service: NodeProcess, text: string) =>
  vi.waitFor(() => expect(service.stderr()).toContain(text), { timeout: 10_000, interval: 10 });

describe('a service that cannot start', () => {
  it('prints one line if its port is in use, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const service = startFixture({ PORT: String(port) });
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toBe(
      `fixture: Port ${port} on 127.0.0.1 is in use by another process. Choose another: PORT=${port + 1}\n`,
    );
  });

  it('prints one line for each problem of its configuration, and exits with 1', async () => {
    const service = startFixture({ PORT: 'x', LOG_LEVEL: 'loud', SECONDS: '0' });
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toBe(
      [
        'fixture: PORT must be a whole number from 0 to 65535, and is "x".',
        'fixture: LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, and is "loud".',
        'fixture: SECONDS must be a whole number from 1 to 9, and is "0".\n',
      ].join('\n'),
    );
    expect(service.stdout()).toBe('');
  });

  it('prints one line without a stack if its build fails, and exits with 1', async () => {
    const service = startFixture({ BUILD: 'fails' });
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toBe('fixture: The store said: no\n');
  });

  it('exits on SIGTERM while it is being built, also as process 1 of a container', async () => {
    const service = startFixture({ BUILD: 'hangs' });
    await waitForText(service, 'began');
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  });
});

describe('the line that names the address', () => {
  it('is text in development', async () => {
    const service = startFixture();
    expect(service.stderr()).toBe('');
    expect(`fixture listens on ${await service.url}\n`).toBe(service.stderr());
  });

  it('is JSON in production, at every level of the log, and names the address that was given', async () => {
    const service = startFixture({ NODE_ENV: 'production', HOST: '0.0.0.0', LOG_LEVEL: 'silent' });
    const { port } = new URL(await service.url);
    const line = { level: 30, time: expect.any(Number), msg: `fixture listens on http://0.0.0.0:${port}` };
    expect(JSON.parse(service.stderr())).toEqual(line);
  });
});

describe('SIGTERM', () => {
  it('lets running requests end with connection: close, accepts no new connections, and exits with 0', async () => {
    const service = startFixture();
    const url = await service.url;
    const running = fetch(`${url}/until-closing`);
    await waitForText(service, 'began');
    service.signal('SIGTERM');
    const answer = await running;
    expect([answer.status, await answer.json()]).toEqual([200, { finished: true }]);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await service.exit).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('does not wait for idle keep-alive connections', async () => {
    const service = startFixture({ SHUTDOWN_TIMEOUT_MS: '600000' });
    await (await fetch(`${await service.url}/health`)).text();
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('ends the process with 1 and a message if a request takes longer than SHUTDOWN_TIMEOUT_MS', async () => {
    const service = startFixture({ SHUTDOWN_TIMEOUT_MS: '50' });
    const never = fetch(`${await service.url}/never`).catch(() => undefined);
    await waitForText(service, 'began');
    service.signal('SIGTERM');
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toContain('Requests were still running 50 ms after SIGTERM; exiting without them.\n');
    await never;
  });

  it('ends the process immediately with 1 when a second signal follows', async () => {
    const service = startFixture({ SHUTDOWN_TIMEOUT_MS: '600000' });
    const never = fetch(`${await service.url}/never`).catch(() => undefined);
    await waitForText(service, 'began');
    service.signal('SIGTERM');
    await vi.waitFor(() => expect(service.stdout()).toContain('shutting down'), { timeout: 10_000 });
    service.signal('SIGINT');
    expect(await service.exit).toBe(1);
    await never;
  });
});

describe('an error that no code catches', () => {
  it('is logged, and the process goes on, if it is a rejected promise', async () => {
    const service = startFixture();
    const url = await service.url;
    expect((await fetch(`${url}/reject`)).status).toBe(200);
    await vi.waitFor(() => expect(service.stdout()).toContain('rejected in a test'), { timeout: 10_000 });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('is logged as fatal, running requests end, and the process exits with 1, if it is an exception', async () => {
    const service = startFixture();
    const url = await service.url;
    const running = fetch(`${url}/until-closing`);
    await waitForText(service, 'began');
    await fetch(`${url}/throw-later`);
    expect((await running).status).toBe(200);
    expect(await service.exit).toBe(1);
    expect(service.stdout()).toMatch(/"level":60.*thrown in a test/);
  });
});

describe('waitFor', () => {
  it('returns what the first successful attempt returns', async () => {
    let left = 3;
    const attempt = async () => {
      if (left-- > 0) throw new Error('not yet');
      return 'connected';
    };
    expect(await waitFor('It', attempt, 10_000)).toBe('connected');
  });

  it('throws with the last reason when the time is over', async () => {
    const attempt = () => Promise.reject(new Error('connect ECONNREFUSED'));
    await expect(waitFor('Redis at 10.0.0.5', attempt, 30)).rejects.toThrow(
      'Redis at 10.0.0.5 did not answer within 0.03 s: connect ECONNREFUSED',
    );
  });

  it('tries once if the time is 0', async () => {
    const attempt = vi.fn(() => Promise.reject(new Error('no')));
    await expect(waitFor('It', attempt, 0)).rejects.toThrow('did not answer within 0 s: no');
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});
