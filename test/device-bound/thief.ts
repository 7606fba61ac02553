// Thieves: what they copied, used from elsewhere until the server refuses it.

import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cookie } from 'playwright-core';
import type { Answer, Profile } from './browser.ts';
import type { Site } from './site.ts';

/** Sends one request with the copied cookies. */
type Use = () => Promise<Answer>;

export interface Trial {
  /** When the last accepted request was sent, ms since 1970; 0 if none was accepted. */
  readonly lastAcceptedAt: number;
  /** The first answer that refuses, or the last one before `until`. */
  readonly answer: Answer;
}

/** Puts a copy of the cookies into another profile, which keeps them longer than their Max-Age, as a thief would. */
export async function stealWithBrowser({ context, ask }: Profile, cookies: readonly Cookie[]): Promise<Use> {
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, expires: -1 })));
  return () => ask('/auth/me');
}

export function stealWithCurl(site: Site, cookies: readonly Cookie[]): Use {
  const header = `cookie: ${cookies.map(({ name, value }) => `${name}=${value}`).join('; ')}`;
  const args = ['--silent', '--cacert', site.certificate, '--header', header, '--write-out', '\n%{http_code}'];
  return async () => {
    const { stdout } = await promisify(execFile)('curl', [...args, `${site.url}/auth/me`]);
    const [body = '', status = ''] = stdout.split('\n');
    return { status: Number(status), body: JSON.parse(body) };
  };
}

/** Uses the copy until it is refused, at most until that time (ms since 1970). */
export async function useUntilRefused(use: Use, until: number): Promise<Trial> {
  for (let lastAcceptedAt = 0; ; await delay(50)) {
    const sentAt = Date.now();
    const answer = await use();
    if (answer.status !== 200 || sentAt > until) return { lastAcceptedAt, answer };
    lastAcceptedAt = sentAt;
  }
}
