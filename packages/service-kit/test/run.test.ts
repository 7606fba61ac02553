// A service as a real process: what it prints, how it ends.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { type NodeProcess, startNode } from '@statecraft/infra-dev';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitFor } from '../src/index.ts';

function start(env: Record<string, string> = {}): NodeProcess {
  const service = startNode(new URL('fixtures/service.ts', import.meta.url), { env });
  onTestFinished(() => service.stop());
  return service;
}

/** Waits until the process has printed `text` on stderr. */
const printed = (service: NodeProcess, text: string) =>
  vi.waitFor(() => expect(service.stderr()).toContain(text), { timeout: 10_000, interval: 10 });

describe('a service that cannot start', () => {
  it('says in one line that its port is in use, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const service = start({ PORT: String(port) });
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toBe(
      `fixture: Port ${port} on 127.0.0.1 is in use by another process. Choose another: PORT=${port + 1}\n`,
    );
  });

  it('says what is wrong with its configuration, a line each, and exits with 1', async () => {
    const service = start({ PORT: 'x', LOG_LEVEL: 'loud', SECONDS: '0' });
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

  it('says in one line why it could not be built, without a stack, and exits with 1', async () => {
    const service = start({ BUILD: 'fails' });
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toBe('fixture: The store said: no\n');
  });

  it('ends on SIGTERM while it is still being built, also as a container’s process 1', async () => {
    const service = start({ BUILD: 'hangs' });
    await printed(service, 'began');
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  });
});

describe('SIGTERM', () => {
  it('lets a running request end, takes no more, and exits with 0', async () => {
    const service = start();
    const url = await service.url;
    const running = fetch(`${url}/until-closing`);
    await printed(service, 'began');
    service.signal('SIGTERM');
    const answer = await running;
    expect([answer.status, await answer.json()]).toEqual([200, { finished: true }]);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await service.exit).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('does not wait for clients that keep a connection open and ask nothing', async () => {
    const service = start({ SHUTDOWN_TIMEOUT_MS: '600000' });
    await (await fetch(`${await service.url}/health`)).text();
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('ends without a request that outlasts SHUTDOWN_TIMEOUT_MS, says so, and exits with 1', async () => {
    const service = start({ SHUTDOWN_TIMEOUT_MS: '50' });
    const never = fetch(`${await service.url}/never`).catch(() => undefined);
    await printed(service, 'began');
    service.signal('SIGTERM');
    expect(await service.exit).toBe(1);
    expect(service.stderr()).toContain('Requests still ran 50 ms after SIGTERM; ending without them.\n');
    await never;
  });

  it('given twice ends at once with 1', async () => {
    const service = start({ SHUTDOWN_TIMEOUT_MS: '600000' });
    const never = fetch(`${await service.url}/never`).catch(() => undefined);
    await printed(service, 'began');
    service.signal('SIGTERM');
    await vi.waitFor(() => expect(service.stdout()).toContain('shutting down'), { timeout: 10_000 });
    service.signal('SIGINT');
    expect(await service.exit).toBe(1);
    await never;
  });
});

describe('what nobody catches', () => {
  it('a rejected promise is logged, and the process stays', async () => {
    const service = start();
    const url = await service.url;
    expect((await fetch(`${url}/reject`)).status).toBe(200);
    await vi.waitFor(() => expect(service.stdout()).toContain('nobody waits for me'), { timeout: 10_000 });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('an exception is logged as fatal, running requests end, and the process exits with 1', async () => {
    const service = start();
    const url = await service.url;
    const running = fetch(`${url}/until-closing`);
    await printed(service, 'began');
    await fetch(`${url}/throw-later`);
    expect((await running).status).toBe(200);
    expect(await service.exit).toBe(1);
    expect(service.stdout()).toMatch(/"level":60.*nobody catches me/);
  });
});

describe('waitFor', () => {
  it('answers what the attempt answered, at last', async () => {
    let left = 3;
    const attempt = async () => {
      if (left-- > 0) throw new Error('not yet');
      return 'here';
    };
    expect(await waitFor('It', attempt, 10_000)).toBe('here');
  });

  it('gives up with the last reason when the time is over', async () => {
    const attempt = () => Promise.reject(new Error('connect ECONNREFUSED'));
    await expect(waitFor('Redis at there', attempt, 30)).rejects.toThrow(
      'Redis at there did not answer within 0.03 s: connect ECONNREFUSED',
    );
  });

  it('tries once when it may not wait', async () => {
    const attempt = vi.fn(() => Promise.reject(new Error('no')));
    await expect(waitFor('It', attempt, 0)).rejects.toThrow('did not answer within 0 s: no');
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});
