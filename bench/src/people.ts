// The users of a run: signed in one by one, and each answer looked at before anything is measured.

import { randomBytes } from 'node:crypto';
import { createJwtStrategy } from '@statecraft/auth-core';
import { Agent, request } from 'undici';
import type { Person } from './peers/person.ts';
import { JWT_SECRET, type Side } from './sides.ts';

export interface SignedIn {
  /** As the server knows them. */
  readonly person: Person;
  /** The value of the side's header. */
  readonly credential: string;
}

const PASSWORD = 'correct horse battery staple';
const AT_ONCE = 20;

/** All as long as one another, so that all requests are. */
const somebody = (at: number): Person => ({
  id: randomBytes(16).toString('base64url'),
  username: `user${String(at).padStart(7, '0')}`,
  roles: ['user'],
});

export async function signInPeople(side: Side, url: string, count: number): Promise<SignedIn[]> {
  if (side.signIn === 'none') return [];
  const signIn = side.signIn === 'api' ? signInWithPassword : signInByName;
  return inTurns(count, (at) => signIn(url, somebody(at)));
}

/** Signed here with the server's secret: tokens that no server has seen. One line each. */
export function mintTokens(people: readonly Person[], count: number): string[] {
  const keys = { secret: JWT_SECRET };
  const strategy = createJwtStrategy({ keys, issuer: 'statecraft', audience: 'statecraft-api', ttlSeconds: 900 });
  const subjects = people.map(({ id: userId, username, roles }) => ({ userId, username, roles }));
  return Array.from({ length: count }, (_, at) => {
    const subject = subjects[at % subjects.length];
    return subject === undefined ? '' : `Bearer ${strategy.issue(subject).accessToken}`;
  });
}

/**
 * Asks once for each, and once for nobody. What is wrong, in words; empty when every answer was the asking user's.
 */
export async function checkPeople(side: Side, url: string, people: readonly SignedIn[]): Promise<string[]> {
  if (side.signIn === 'none') return [];
  const asked = await inTurns(people.length, async (at) => {
    const { person, credential } = people[at] as SignedIn;
    const { status, text } = await get(url, { [side.header]: credential });
    const expected = JSON.stringify({ user: person });
    return status === 200 && text === expected ? [] : [`${person.username} got ${status} ${text}, and not ${expected}`];
  });
  const credential = side.header === 'cookie' ? 'session=nobody' : 'Bearer no.bo.dy';
  const strangers = await Promise.all([get(url, {}), get(url, { [side.header]: credential })]);
  const let_in = strangers
    .filter(({ status }) => status !== 401)
    .map(({ status }) => `nobody got ${status}, and not 401`);
  return [...asked.flat(), ...let_in];
}

async function signInByName(url: string, person: Person): Promise<SignedIn> {
  const { headers, body } = await post(`${url}/sign-in`, person);
  return { person, credential: credentialOf(headers, body.token) };
}

async function signInWithPassword(url: string, { username }: Person): Promise<SignedIn> {
  const credentials = { username, password: PASSWORD };
  await post(`${url}/auth/register`, credentials);
  const { headers, body } = await post(`${url}/auth/login`, credentials);
  return { person: body.user as Person, credential: credentialOf(headers, body.accessToken) };
}

function credentialOf(headers: Record<string, string | string[] | undefined>, token: string | undefined): string {
  if (token !== undefined) return `Bearer ${token}`;
  const [cookie = ''] = [headers['set-cookie'] ?? ''].flat();
  return cookie.split(';')[0] ?? '';
}

interface Answer {
  readonly token?: string;
  readonly accessToken?: string;
  readonly user?: Person;
}

const dispatcher = new Agent({ connections: AT_ONCE, keepAliveTimeout: 500 });

async function post(url: string, sent: object) {
  const headers = { 'content-type': 'application/json' };
  const {
    statusCode,
    headers: got,
    body,
  } = await request(url, {
    dispatcher,
    method: 'POST',
    headers,
    body: JSON.stringify(sent),
  });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`POST ${url} answered ${statusCode} ${text}`);
  return { headers: got, body: JSON.parse(text) as Answer };
}

async function get(url: string, headers: Record<string, string>) {
  const { statusCode: status, body } = await request(`${url}/auth/me`, { dispatcher, headers });
  return { status, text: await body.text() };
}

async function inTurns<T>(count: number, one: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < count; at = next++) results[at] = await one(at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
