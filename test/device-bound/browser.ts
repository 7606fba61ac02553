// Chromium with device-bound sessions (DBSC), and what it reports about them over the debugging protocol.

import { setTimeout as delay } from 'node:timers/promises';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type CDPSession,
  type Cookie,
  chromium,
  type Page,
} from 'playwright-core';
import { findExecutable } from '../../infra/dev/src/index.ts';
import { DEMO_PASSWORD } from '../../packages/accounts/src/index.ts';
import type { Site } from './site.ts';

const FEATURES = {
  /** Keys in a file, because a container has no TPM; as many signatures as there are refreshes. */
  unlimited: ['DeviceBoundSessions:RefreshQuota/false', 'EnableBoundSessionCredentialsSoftwareKeysForManualTesting'],
  /** The browser's own limit of signatures. */
  limited: ['DeviceBoundSessions', 'EnableBoundSessionCredentialsSoftwareKeysForManualTesting'],
  none: [],
} as const;

export const DEVICE_COOKIE = '__Host-session-device';
const PATIENCE_MS = 20_000;
const PAUSE_MS = 20;

export async function launchChromium(site: Site, features: keyof typeof FEATURES): Promise<Browser> {
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => findExecutable(name))
    .find(Boolean);
  if (executablePath === undefined) throw new Error('Chromium is not on the PATH; npm test installs it, or says how.');
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  const names = FEATURES[features];
  const choice = names.length > 0 ? `--enable-features=${names.join(',')}` : '--disable-features=DeviceBoundSessions';
  // As root, which containers are, Chromium has no sandbox of its own; the site is ours.
  const own = [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    `--ignore-certificate-errors-spki-list=${site.keyHash}`,
  ];
  return chromium.launch({ executablePath, args: [...own, ...quiet, choice] });
}

export interface Answer {
  readonly status: number;
  /** The JSON, or {} without a body. */
  readonly body: { readonly code?: string; readonly [name: string]: unknown };
}

/** What the browser did with a binding. Results and reasons are named as in Chromium's source. */
type BindingEvent =
  | { readonly kind: 'created' }
  | { readonly kind: 'refresh'; readonly result: string }
  | { readonly kind: 'ended'; readonly reason: string };

/** A profile of the browser, with cookies and keys of its own. */
export interface Profile {
  readonly context: BrowserContext;
  /** A page of the site, from which `ask` asks. */
  readonly page: Page;
  readonly events: readonly BindingEvent[];
  /** Asks the API from a tab, by default from `page`. */
  ask(path: string, request?: { method?: string; body?: object; tab?: Page }): Promise<Answer>;
  /** A further tab, with a page of the API at its address or another one. */
  openTab(url?: string): Promise<Page>;
  /** Signs alice in. */
  signIn(): Promise<Answer>;
  /** Signs alice in, and waits until the browser has registered its key. */
  signInBound(): Promise<void>;
  readCookies(): Promise<Cookie[]>;
  /** Waits until the browser has dropped its expired device cookie. */
  waitForExpiry(): Promise<void>;
}

export async function openProfile(browser: Browser, site: Site, options: BrowserContextOptions = {}): Promise<Profile> {
  // The gateway's policy for JSON would forbid requests by the page.
  const context = await browser.newContext({ bypassCSP: true, ...options });
  const events: BindingEvent[] = [];
  // Any page of the site will do. This one needs no session.
  const openTab = async (url = site.url) => {
    const tab = await context.newPage();
    await tab.goto(`${url}/health`);
    return tab;
  };
  const page = await context.newPage();
  await recordEvents(await context.newCDPSession(page), browser, events);
  await page.goto(`${site.url}/health`);
  const profile: Profile = {
    context,
    page,
    events,
    openTab,
    ask: (path, { method = 'GET', body, tab = page } = {}) => tab.evaluate(ask, { url: site.url + path, method, body }),
    signIn: () => profile.ask('/auth/login', { method: 'POST', body: { username: 'alice', password: DEMO_PASSWORD } }),
    async signInBound() {
      await profile.signIn();
      const deadline = performance.now() + PATIENCE_MS;
      while (!events.some(({ kind }) => kind === 'created')) {
        if (performance.now() > deadline) throw new Error(`${nameVersion(browser)} registered no key.`);
        await delay(PAUSE_MS);
      }
    },
    readCookies: () => context.cookies(site.url),
    async waitForExpiry() {
      while ((await profile.readCookies()).some(({ name }) => name === DEVICE_COOKIE)) await delay(PAUSE_MS);
    },
  };
  return profile;
}

const nameVersion = (browser: Browser): string => `Chromium ${browser.version()}`;

async function recordEvents(session: CDPSession, browser: Browser, events: BindingEvent[]): Promise<void> {
  session.on('Network.deviceBoundSessionEventOccurred', (event) => {
    const { creationEventDetails, refreshEventDetails: refresh, terminationEventDetails: end, succeeded } = event;
    if (creationEventDetails !== undefined && succeeded) events.push({ kind: 'created' });
    if (refresh !== undefined) events.push({ kind: 'refresh', result: refresh.refreshResult });
    if (end !== undefined) events.push({ kind: 'ended', reason: end.deletionReason });
  });
  await session.send('Network.enable');
  await session.send('Network.enableDeviceBoundSessions', { enable: true }).catch(() => {
    throw new Error(`${nameVersion(browser)} has no device-bound sessions (DBSC).`);
  });
}

/** Runs in the page. */
async function ask({ url, method, body }: { url: string; method: string; body: object | undefined }): Promise<Answer> {
  const content = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, { method, cache: 'no-store', ...content });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
}
