// The users of a contender: they sign in over HTTP, and every answer is checked before anything is measured.

import { createJwtStrategy } from '@statecraft/auth-core';
import type { Contender } from './contenders.ts';
import { SECRET, TOKEN_CLAIMS, type User } from './plain-app.ts';

export interface SignedIn {
  readonly user: User;
  /** The header that shows the credential, as one line with its line end. */
  readonly header: string;
}

interface SignInAnswer {
  readonly user: User;
  readonly token?: string;
  readonly accessToken?: string;
}

const PASSWORD = 'correct horse battery staple';

export async function signInUsers(contender: Contender, url: string, count: number): Promise<SignedIn[]> {
  const users: SignedIn[] = [];
  if (contender.credential === 'none') return users;
  for (let number = 0; number < count; number++) users.push(await signIn(contender, url, `user${10_000 + number}`));
  return users;
}

async function signIn({ table }: Contender, url: string, username: string): Promise<SignedIn> {
  const user = { id: `a-user-id-for-${username}`, username, roles: ['user'] };
  const credentials = { username, password: PASSWORD };
  if (table === 'api') await post(`${url}/auth/register`, credentials);
  const { headers, body } = await (table === 'api'
    ? post(`${url}/auth/login`, credentials)
    : post(`${url}/sign-in`, user));
  if (body.user.username !== username) throw new Error(`${url} signed ${body.user.username} in, and not ${username}.`);
  const token = body.token ?? body.accessToken;
  if (token !== undefined) return { user: body.user, header: writeBearer(token) };
  const cookies = headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return { user: body.user, header: `cookie: ${cookies.join('; ')}\r\n` };
}

/** What is wrong with the answers, in words: each user must be answered as that user, and others must be refused. */
export async function findWrongAnswers(
  { path }: Contender,
  url: string,
  users: readonly SignedIn[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { user, header } of users) {
    const { status, text } = await get(url + path, header);
    const expected = JSON.stringify({ user });
    if (status !== 200 || text !== expected)
      wrong.push(`${user.username} got ${status} ${text} instead of ${expected}`);
  }
  for (const header of ['', ...users.slice(0, 1).map((signedIn) => alterCredential(signedIn.header))]) {
    const { status } = await get(url + path, header);
    if (status !== 401) wrong.push(`A request with ${header === '' ? 'no' : 'an altered'} credential got ${status}`);
  }
  return wrong;
}

/** Another character in the middle of the token, or of the first cookie. */
export function alterCredential(header: string): string {
  const [, before = '', value = '', after = ''] = /^(.*?(?:=|Bearer ))([^;\r]*)(.*)$/s.exec(header) ?? [];
  const middle = Math.floor(value.length / 2);
  const altered = value[middle] === 'A' ? 'B' : 'A';
  return `${before}${value.slice(0, middle)}${altered}${value.slice(middle + 1)}${after}`;
}

/** Answers the header of each next request: the users' own in turn, or a new token for each. */
export function createHeaderSource({ credential }: Contender, users: readonly SignedIn[]): () => string {
  if (credential === 'none') return () => '';
  const headers = users.map(({ header }) => header);
  let next = 0;
  if (credential !== 'new token') return () => headers[next++ % headers.length] ?? '';
  const tokens = createJwtStrategy({ keys: { secret: SECRET }, ...TOKEN_CLAIMS });
  const subjects = users.map(({ user: { id: userId, username, roles } }) => ({ userId, username, roles }));
  return () => {
    const subject = subjects[next++ % subjects.length];
    return subject === undefined ? '' : writeBearer(tokens.issue(subject).accessToken);
  };
}

function writeBearer(token: string): string {
  return `authorization: Bearer ${token}\r\n`;
}

async function post(url: string, body: object): Promise<{ headers: Headers; body: SignInAnswer }> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${url} answered ${answer.status} ${text}`);
  return { headers: answer.headers, body: JSON.parse(text) as SignInAnswer };
}

async function get(url: string, header: string): Promise<{ status: number; text: string }> {
  const [name = '', value = ''] = header.trim().split(': ');
  const answer = await fetch(url, { headers: name === '' ? {} : { [name]: value } });
  return { status: answer.status, text: await answer.text() };
}
