import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Load, openLoad } from '../src/load.ts';

/** The load asks whether it is done a few times, and then it is. */
function createStop(): () => boolean {
  let asked = 0;
  return () => ++asked > 3;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function openLoadOn(answer: RequestListener, nextHeader = () => ''): Promise<Load> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/me`);
  const load = openLoad({ url, nextHeader, connections: 3 });
  closing.push(
    () => load.close(),
    () => server.close(),
  );
  return load;
}

it('counts as many requests as the server answered, and as many latencies', async () => {
  let answered = 0;
  const load = await openLoadOn((_request, response) => {
    answered++;
    response.setHeader('content-length', 2).end('{}');
  });
  const { requests, latencies, refused } = await load.run(createStop());
  expect(requests).toBe(answered);
  expect(latencies.reduce((sum, count) => sum + count, 0)).toBe(answered);
  expect(refused).toBe(0);
});

it('counts every answer that is not 200 as refused', async () => {
  let answered = 0;
  const load = await openLoadOn((_request, response) => {
    answered++;
    response.writeHead(answered % 2 === 0 ? 200 : 401, { 'content-length': 0 }).end();
  });
  const { requests, refused } = await load.run(createStop());
  expect(refused).toBe(Math.ceil(requests / 2));
});

it('sends the next header with each request', async () => {
  const seen: unknown[] = [];
  let next = 0;
  const load = await openLoadOn(
    ({ headers }, response) => {
      seen.push(headers.cookie);
      response.setHeader('content-length', 0).end();
    },
    () => `cookie: session=${next++}\r\n`,
  );
  const { requests } = await load.run(createStop());
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: requests }, (_, number) => `session=${number}`)));
});

it('reads an answer that arrives in pieces', async () => {
  const load = await openLoadOn((_request, response) => {
    response.writeHead(200, { 'content-length': 6 });
    response.write('abc');
    setImmediate(() => response.end('def'));
  });
  const { requests, refused } = await load.run(createStop());
  expect(requests).toBeGreaterThan(0);
  expect(refused).toBe(0);
});

it('fails if the server closes a connection', async () => {
  const load = await openLoadOn((request) => request.socket.destroy());
  await expect(load.run(createStop())).rejects.toThrow('The server closed the connection.');
});

it('fails if an answer does not say how long it is', async () => {
  const load = await openLoadOn((_request, response) => {
    response.write('chunked');
    response.end();
  });
  await expect(load.run(createStop())).rejects.toThrow('An answer has no content-length');
});
