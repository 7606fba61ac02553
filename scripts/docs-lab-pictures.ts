// npm run docs:lab:pictures: the impact report as Chromium shows it, in light and in dark: its head for README.md, and what
// happened over time in a crash for docs/lab.md.

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findExecutable, howToInstall } from '../infra/dev/src/index.ts';
import { toHtml } from '../packages/lab/src/index.ts';
import { committedReport } from './docs-lab.ts';

const SIZE = { width: 1_240, height: 900 };
const MARGIN = 16;

const report = committedReport('impact-start');
if (report === undefined)
  throw new Error('There is no docs/runs/impact-start.json: pnpm lab run impact --json docs/runs/impact-start.json');
const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findExecutable(name))
  .find(Boolean);
if (executablePath === undefined) throw new Error(`Chromium is not on the PATH. ${howToInstall('chromium')}`);

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  await page.setContent(await toHtml(report));
  const shoot = async (name: string, from: string, to: string) => {
    const [first, last] = [await page.locator(from).boundingBox(), await page.locator(to).boundingBox()];
    if (first === null || last === null) throw new Error(`The page has no ${from} or no ${to}.`);
    const [top, bottom] = [first.y - MARGIN, last.y + last.height + MARGIN];
    const path = fileURLToPath(new URL(`../docs/${name}-${colorScheme}.png`, import.meta.url));
    await page.screenshot({ path, fullPage: true, clip: { x: 0, y: top, width: SIZE.width, height: bottom - top } });
  };
  await shoot('impact', 'h1', '.matrix + .key');
  await shoot('over-time', '#scenario-crash', '[aria-labelledby=scenario-crash] .parts');
}
await browser.close();
