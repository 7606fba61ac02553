// npm run docs:lab:pictures: the head of the impact report, as Chromium shows it, in light and in dark, for README.md.

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findExecutable, howToInstall } from '../infra/dev/src/index.ts';
import { toHtml } from '../packages/lab/src/index.ts';
import { committedReport } from './docs-lab.ts';

const SIZE = { width: 1_200, height: 760 };

const report = committedReport('impact');
if (report === undefined)
  throw new Error('There is no docs/runs/impact.json: pnpm lab run impact --full --json docs/runs/impact.json');
const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findExecutable(name))
  .find(Boolean);
if (executablePath === undefined) throw new Error(`Chromium is not on the PATH. ${howToInstall('chromium')}`);

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  await page.setContent(await toHtml(report));
  await page.screenshot({ path: fileURLToPath(new URL(`../docs/impact-${colorScheme}.png`, import.meta.url)) });
}
await browser.close();
