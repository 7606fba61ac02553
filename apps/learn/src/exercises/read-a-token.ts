// 1. Read a token: which claims does the server trust, and which character must change for it to refuse?

import { randomBytes } from 'node:crypto';
import { StatelessClient } from '@statecraft/auth-client';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import { startApi } from '../start-api.ts';

interface Answers {
  listTrustedClaims(): string[];
  readUsername(token: string): string;
  breakToken(token: string): string;
}

const READ = 'docs/tokens.md';
const TRUSTED = ['roles', 'sub', 'username'];

export const readAToken: Exercise = {
  name: '01-read-a-token',
  title: 'Read a token, and break it',
  minutes: 20,
  hints: [
    'Who can read a token: only the server, or everyone who has it?',
    'A token has three parts, separated by dots. Decode the first two: Buffer.from(part, "base64url").toString().',
    'The signature covers the first two parts. GET /auth/me answers id, username and roles: find the claims that hold them.',
  ],
  learned: 'Signed does not mean secret: everyone can read the claims, and only the holder of the key can change them.',

  async check(folder) {
    const answers = await loadFunctions<Answers>(folder, 'token.ts', [
      'listTrustedClaims',
      'readUsername',
      'breakToken',
    ]);
    await using api = await startApi('stateless-api');
    const username = `learner-${randomBytes(4).toString('hex')}`;
    const client = new StatelessClient({ baseUrl: api.url });
    await client.register(username, 'correct horse battery staple');
    await client.signIn(username, 'correct horse battery staple');
    const token = client.credential() ?? '';
    checkUsername(answers.readUsername(token), username);
    await checkBroken(client, token, answers.breakToken(token));
    checkClaims(answers.listTrustedClaims());
  },
};

function checkUsername(given: unknown, username: string): void {
  expectThat(given === username, {
    did: `readUsername(token) with a token of ${username}`,
    saw: JSON.stringify(given),
    expected: JSON.stringify(username),
    why: 'The claims are JSON text in base64url. Nothing in a token is secret.',
    read: READ,
  });
}

async function checkBroken(client: StatelessClient, token: string, broken: unknown): Promise<void> {
  const different = typeof broken === 'string' ? [...token].filter((char, at) => char !== broken[at]).length : -1;
  expectThat(typeof broken === 'string' && broken.length === token.length && different === 1, {
    did: 'breakToken(token)',
    saw: different < 0 ? String(broken) : `a text of ${String(broken).length} characters; ${different} of them differ`,
    expected: `the same ${token.length} characters, and exactly one of them another`,
    why: 'One changed character must be enough, because the signature covers every one of them.',
    read: READ,
  });
  const answer = await client.withCredential(broken).send('GET', '/auth/me');
  expectThat(answer.status === 401, {
    did: 'GET /auth/me with the token that breakToken made',
    saw: `${answer.status} ${JSON.stringify(answer.body)}`,
    expected: '401: the server refuses the token',
    why: 'If the server accepts a changed token, anyone can write their own.',
    read: READ,
  });
}

function checkClaims(given: unknown): void {
  const list = Array.isArray(given) ? given.map(String).sort() : [];
  const extra = list.find((claim) => !TRUSTED.includes(claim));
  expectThat(extra === undefined, {
    did: 'listTrustedClaims()',
    saw: `it names "${extra}"`,
    expected: 'only the claims from which the answer of GET /auth/me is made',
    why: 'The server compares the other claims with its own settings and clock; it tells the client nothing from them.',
    read: READ,
  });
  const missing = TRUSTED.find((claim) => !list.includes(claim));
  expectThat(missing === undefined, {
    did: 'listTrustedClaims()',
    saw: list.length === 0 ? 'an empty list' : list.join(', '),
    expected: 'every claim from which the server takes who you are: one is missing',
    why: 'The server looks nothing up: id, name and roles all come from the token.',
    read: READ,
  });
}
