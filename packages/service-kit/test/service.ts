// Helpers: a service with the routes that a test needs, its log lines, and raw requests to it.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect, onTestFinished } from 'vitest';
import { createService, type ServiceOptions } from '../src/index.ts';

export interface Setup extends Partial<ServiceOptions> {
  readonly routes?: (app: FastifyInstance) => void;
}

export interface TestService {
  readonly app: FastifyInstance;
  /** The log lines as they were written. */
  readonly lines: string[];
}

export async function openService({ routes, ...options }: Setup = {}): Promise<TestService> {
  const lines: string[] = [];
  const app = await createService({
    name: 'test-api',
    description: 'For tests.',
    instanceId: 'one',
    logLevel: 'info',
    logStream: { write: (line) => void lines.push(line) },
    docs: false,
    ...options,
  });
  onTestFinished(() => app.close());
  routes?.(app);
  await app.ready();
  return { app, lines };
}

/** Listens on a free port. */
export async function listenOnFreePort(app: FastifyInstance): Promise<{ url: string; port: number }> {
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, port: Number(new URL(url).port) };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Sends this text and reads until the server closes the connection. */
export async function sendRaw(port: number, text: string): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => line.split(/: (.*)/) as [string, string]);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body,
  };
}

/** Checks that an answer has the form of every error. @returns its body */
export function readError(answer: LightMyRequestResponse): { code: string; message: string; field?: string } {
  const body = answer.json();
  expect(body).toMatchObject({
    statusCode: answer.statusCode,
    code: expect.stringMatching(/^ERR_/),
    error: expect.any(String),
    message: expect.any(String),
  });
  return body;
}
