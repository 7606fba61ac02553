// The list of a user's devices as Chromium shows it: the real API behind the real gateway, a browser that binds its
// session, one that cannot, and curl.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DEMO_PASSWORD } from '@statecraft/accounts';
import type { Browser } from 'playwright-core';
import { launchChromium, openProfile } from '../../test/device-bound/browser.ts';
import { type Site, startSite } from '../../test/device-bound/site.ts';
import { resolvePath } from './pages.ts';

/** @throws if there is no Chromium, or one without device-bound sessions */
export async function writePages(): Promise<void> {
  const site = await startSite();
  const browsers = [await launchChromium(site, 'none'), await launchChromium(site, 'unlimited')] as const;
  const [plain, binding] = await Promise.all(browsers.map((browser) => openNamed(browser, site)));
  signInWithCurl(site);
  await plain?.signIn();
  await binding?.signInBound();
  const { page } = binding ?? {};
  await page?.setContent(readFileSync(new URL('device-list.html', import.meta.url), 'utf8'));
  await page?.locator('[data-ready]').waitFor();
  await page?.screenshot({ path: resolvePath('docs/device-list.png'), fullPage: true });
  await Promise.all(browsers.map((browser) => browser.close()));
  await site.stop();
}

/** Named as with a window: without one, Chromium calls itself HeadlessChrome. */
function openNamed(browser: Browser, site: Site) {
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;
  return openProfile(browser, site, { userAgent, viewport: { width: 824, height: 300 } });
}

function signInWithCurl(site: Site): void {
  const body = JSON.stringify({ username: 'alice', password: DEMO_PASSWORD });
  const args = ['--silent', '--fail', '--cacert', site.certificate, '--json', body, `${site.url}/auth/login`];
  execFileSync('curl', args, { stdio: 'ignore' });
}
