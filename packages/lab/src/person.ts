// One person with what they hold between two requests: a token or a cookie. All that the lab knows of the APIs is HTTP.

import { request } from 'undici';
import type { Answer, Mode } from './report.ts';

export interface Sight {
  readonly answer: Answer;
  readonly status: number | undefined;
  readonly servedBy: string | undefined;
}

export interface Person {
  readonly username: string;
  /** Registers, so that the person exists on this server, and signs in. */
  signUp(base: string): Promise<void>;
  signIn(base: string): Promise<void>;
  /** Asks "who am I?" with whatever was last given. */
  ask(base: string): Promise<Sight>;
  signOut(base: string): Promise<void>;
}

const TIMEOUT_MS = 5_000;

export function createPerson(mode: Mode, username: string, password: string): Person {
  let credential: Record<string, string> = {};

  const send = (base: string, method: 'GET' | 'POST', path: string, body?: object) =>
    request(base + path, {
      method,
      headers: { ...credential, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });

  const signIn = async (base: string) => {
    const answer = await send(base, 'POST', '/auth/login', { username, password });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`Sign-in of ${username} answered ${answer.statusCode}: ${text}`);
    credential = mode === 'jwt' ? bearerOf(text) : cookieOf(answer.headers['set-cookie']);
  };

  return {
    username,
    signIn,
    async signUp(base) {
      const answer = await send(base, 'POST', '/auth/register', { username, password });
      const text = await answer.body.text();
      if (answer.statusCode !== 201) throw new Error(`Registering ${username} answered ${answer.statusCode}: ${text}`);
      await signIn(base);
    },
    async ask(base) {
      try {
        const answer = await send(base, 'GET', '/auth/me');
        const text = await answer.body.text();
        const servedBy = String(answer.headers['x-served-by'] ?? '');
        return { answer: read(answer.statusCode, text, username), status: answer.statusCode, servedBy };
      } catch {
        return { answer: 'unknown', status: undefined, servedBy: undefined };
      }
    },
    async signOut(base) {
      const answer = await send(base, 'POST', '/auth/logout');
      await answer.body.dump();
      if (answer.statusCode !== 204) throw new Error(`Sign-out of ${username} answered ${answer.statusCode}`);
    },
  };
}

function read(status: number, text: string, username: string): Answer {
  if (status === 401) return 'signed-out';
  if (status !== 200) return 'unknown';
  const body = JSON.parse(text) as { user?: { username?: string } };
  return body.user?.username === username ? 'signed-in' : 'wrong-user';
}

function bearerOf(text: string): Record<string, string> {
  const body = JSON.parse(text) as { accessToken: string };
  return { authorization: `Bearer ${body.accessToken}` };
}

function cookieOf(header: string | string[] | undefined): Record<string, string> {
  const lines = header === undefined ? [] : [header].flat();
  return { cookie: lines.map((line) => line.split(';', 1)[0] ?? '').join('; ') };
}
