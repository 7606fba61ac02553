// The users of a run: signed in one by one, and each answer looked at before anything is measured.

import { createJwtStrategy } from '@statecraft/auth-core';
import { Agent, request } from 'undici';
import type { Person } from './peers/person.ts';
import { somebody } from './peers/somebody.ts';
import { JWT_SECRET, type Side } from './sides.ts';
import { inTurns } from './turns.ts';

export interface SignedIn {
  /** As the server knows them. */
  readonly person: Person;
  /** The value of the side's header. */
  readonly credential: string;
}

const PASSWORD = 'correct horse battery staple';

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

export async function signInByName(url: string, person: Person): Promise<SignedIn> {
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

/** bytes of heap that a server with --expose-gc uses after a collection. */
export async function heapOf(url: string): Promise<number> {
  const { body } = await request(`${url}/heap`, { dispatcher });
  return ((await body.json()) as { heapUsed: number }).heapUsed;
}

/** Whether this credential's answer is this person's. */
export async function isAnswered(url: string, person: Person, headers: Record<string, string>): Promise<boolean> {
  const { status, text } = await get(url, headers);
  return status === 200 && text === JSON.stringify({ user: person });
}

/** The tokens of `count` new sessions of peers/statecraft.ts. */
export async function seed(url: string, from: number, count: number, bytes: number): Promise<string[]> {
  const { statusCode, body } = await request(`${url}/seed`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from, count, bytes }),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`POST ${url}/seed answered ${statusCode} ${text.slice(0, 500)}`);
  return text.split('\n');
}

interface Answer {
  readonly token?: string;
  readonly accessToken?: string;
  readonly user?: Person;
}

const dispatcher = new Agent({ connections: 20, keepAliveTimeout: 500 });

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
