// Device-bound sessions in a real Chromium, against the real API behind the real gateway: what its user notices, and
// what a copy of the cookies is worth. Cookies of a second need real time; every wait is for an event.

import { isDeepStrictEqual } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEVICE_COOKIE, launchChromium, openProfile, type Profile } from './browser.ts';
import { LEEWAY_MS, type Site, startSite } from './site.ts';
import { stealWithBrowser, stealWithCurl, useUntilRefused } from './thief.ts';

vi.setConfig({ testTimeout: 120_000 });

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite();
  browser = await launchChromium(site, 'unlimited');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
}, 60_000);

/** The second: the request waited for the refresh of another one. */
const REFRESHED = ['Refreshed', 'RefreshedAsWaiter'];
const ENDED_BY_SERVER = { kind: 'ended', reason: 'ServerRequested' };
const findEnds = ({ events }: Profile) => events.filter(({ kind }) => kind === 'ended');
const readStatus = async ({ ask }: Profile) => (await ask('/auth/me')).status;
const findCurrent = async ({ ask }: Profile) => {
  const { sessions } = (await ask('/auth/sessions')).body as { sessions: { current: boolean; deviceBound: boolean }[] };
  return sessions.find(({ current }) => current);
};

async function openBound(): Promise<Profile> {
  const profile = await openProfile(browser, site);
  await profile.signInBound();
  return profile;
}

/** Asks once after each expiry of the device cookie. */
async function askAfterExpiry(profile: Profile, rounds: number): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.length < rounds) {
    await profile.waitForExpiry();
    statuses.push(await readStatus(profile));
  }
  return statuses;
}

describe.concurrent('a browser that binds its session', () => {
  it('keeps its user signed in over 20 refreshes of a cookie that lives a second', async () => {
    const owner = await openBound();
    expect(await askAfterExpiry(owner, 20)).toEqual(Array(20).fill(200));
    const results = owner.events.flatMap((event) => (event.kind === 'refresh' ? event.result : []));
    expect(results.length).toBeGreaterThanOrEqual(20);
    expect(results.filter((result) => !REFRESHED.includes(result))).toEqual([]);
    expect(findEnds(owner)).toEqual([]);
  });

  it('keeps its user signed in when two tabs ask at the same time with an expired cookie', async () => {
    const owner = await openBound();
    const tabs = [await owner.openTab(), await owner.openTab()];
    for (let round = 0; round < 5; round++) {
      await owner.waitForExpiry();
      const answers = await Promise.all([...tabs, ...tabs].map((tab) => owner.ask('/auth/me', { tab })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
    expect(findEnds(owner)).toEqual([]);
  });

  // The browser makes no refresh for a request that another site begins. The first answer has the header Refresh: 0.
  it('loads a page twice that was reached by a link from another site with an expired cookie', async () => {
    const owner = await openBound();
    const tab = await owner.openTab(site.url.replace('localhost', '127.0.0.1'));
    const statuses: number[] = [];
    tab.on('response', (response) => response.url().endsWith('/auth/me') && statuses.push(response.status()));
    await owner.waitForExpiry();
    // Requests without the device cookie are accepted in the first seconds: they may have left before it came.
    await useUntilRefused(stealWithCurl(site, await owner.readCookies()), Number.POSITIVE_INFINITY);
    await tab.evaluate(`location.assign('${site.url}/auth/me')`);
    await tab.waitForFunction("document.body?.textContent.includes('alice')");
    expect(statuses).toEqual([401, 200]);
  });

  it('is shown as bound in the list of devices', async () => {
    expect(await findCurrent(await openBound())).toMatchObject({ deviceBound: true });
  });

  it('drops the binding at the first request after a sign-out, and asks for no refresh after that', async () => {
    const owner = await openBound();
    expect((await owner.ask('/auth/logout', { method: 'POST' })).status).toBe(204);
    expect(await readStatus(owner)).toBe(401);
    await vi.waitFor(() => expect(owner.events).toContainEqual(ENDED_BY_SERVER));
    const count = owner.events.length;
    expect([await readStatus(owner), await readStatus(owner)]).toEqual([401, 401]);
    // A refresh that ran beside the sign-out may end late, without success.
    const late = { kind: 'refresh', result: 'FatalError' };
    expect(owner.events.slice(count).filter((event) => !isDeepStrictEqual(event, late))).toEqual([]);
  });
});

describe.concurrent('a copy of all cookies', () => {
  it('works until the device cookie has expired and never after, in another browser and in curl', async () => {
    const [owner, other] = [await openBound(), await openProfile(browser, site)];
    await owner.waitForExpiry();
    expect(await readStatus(owner)).toBe(200);
    const cookies = await owner.readCookies();
    const endsAt = 1000 * (cookies.find(({ name }) => name === DEVICE_COOKIE)?.expires ?? 0) + LEEWAY_MS;
    const thieves = [await stealWithBrowser(other, cookies), stealWithCurl(site, cookies)];
    const trials = await Promise.all(thieves.map((use) => useUntilRefused(use, endsAt)));
    for (const { lastAcceptedAt, answer } of trials) {
      expect(lastAcceptedAt).toBeGreaterThan(0);
      expect(answer).toMatchObject({ status: 401, body: { code: 'ERR_DEVICE_COOKIE_MISSING' } });
    }
    // The owner's refreshes revive no copy, and the thieves' requests end nothing.
    expect(await askAfterExpiry(owner, 3)).toEqual([200, 200, 200]);
    for (const use of thieves) expect((await use()).body.code).toBe('ERR_DEVICE_COOKIE_MISSING');
  });
});

describe.concurrent('a browser with its own limits', () => {
  it('is refused by name when it signs no more, loses nothing, and works again after a sign-in', async () => {
    const limited = await launchChromium(site, 'limited');
    const user = await openProfile(limited, site);
    await user.signInBound();
    const accepted: number[] = [];
    const refused = await vi.waitFor(
      async () => {
        await user.waitForExpiry();
        const answer = await user.ask('/auth/me');
        if (answer.status === 200) accepted.push(answer.status);
        expect(answer.status).not.toBe(200);
        return answer;
      },
      { timeout: 60_000, interval: 20 },
    );
    expect(refused).toMatchObject({ status: 401, body: { code: 'ERR_DEVICE_REFRESH_SKIPPED' } });
    expect(accepted.length).toBeGreaterThan(1);
    expect(user.events.at(-1)).toMatchObject({ kind: 'refresh', result: 'SigningQuotaExceeded' });
    expect(findEnds(user)).toEqual([]);
    expect((await user.signIn()).status).toBe(200);
    expect(await findCurrent(user)).toMatchObject({ deviceBound: false });
    await limited.close();
  });

  it('works unbound if it has no device-bound sessions, and so does a copy of its cookies', async () => {
    const plain = await launchChromium(site, 'none');
    const user = await openProfile(plain, site);
    expect((await user.signIn()).status).toBe(200);
    expect(await findCurrent(user)).toMatchObject({ deviceBound: false });
    const useCopy = stealWithCurl(site, await user.readCookies());
    expect([await readStatus(user), (await useCopy()).status]).toEqual([200, 200]);
    expect(user.events).toEqual([]);
    await plain.close();
  });
});

// Last, and alone: no server answers meanwhile.
describe('a restart of all servers', () => {
  it('signs no user out', async () => {
    const owner = await openBound();
    await site.restart(async () => {
      await owner.waitForExpiry();
      expect(await readStatus(owner)).toBe(502);
    });
    const statuses: number[] = [];
    await vi.waitFor(
      async () => {
        statuses.push(await readStatus(owner));
        expect(statuses.at(-1)).toBe(200);
      },
      { timeout: 30_000, interval: 50 },
    );
    expect(statuses.filter((status) => status < 500 && status !== 200)).toEqual([]);
    expect(await askAfterExpiry(owner, 1)).toEqual([200]);
    expect(findEnds(owner)).toEqual([]);
  });
});
