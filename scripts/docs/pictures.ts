// The impact report as Chromium shows it, in light and in dark: its head for README.md, and a crash over time for
// docs/lab.md.

import { findExecutable, formatCommand, howToInstall } from '@statecraft/infra-dev';
import { toHtml } from '@statecraft/lab';
import { type Browser, chromium } from 'playwright-core';
import { readRun } from './lab.ts';
import { resolvePath } from './pages.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const SIZE = { width: 1_240, height: 900 };
const MARGIN = 16;

/** @throws if there is no report or no Chromium; the message says how to get it. */
export async function writePages(): Promise<void> {
  const report = readRun('impact-start');
  const measure = formatCommand('lab', ['run', 'impact', '--json', 'docs/runs/impact-start.json']);
  if (report === undefined) throw new Error(`docs/runs/impact-start.json is missing. To measure it: ${measure}`);
  const executablePath = PROGRAMS.map((name) => findExecutable(name)).find(Boolean);
  if (executablePath === undefined) throw new Error(`Chromium is not on the PATH. ${howToInstall('chromium')}`);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
  const html = await toHtml(report);
  for (const colorScheme of ['light', 'dark'] as const) await takePictures(browser, html, colorScheme);
  await browser.close();
}

async function takePictures(browser: Browser, html: string, colorScheme: 'light' | 'dark'): Promise<void> {
  // Without the script, there is no hint on how to read the values off a chart.
  const page = await browser.newPage({ viewport: SIZE, colorScheme, javaScriptEnabled: false });
  await page.setContent(html);
  const takePicture = async (name: string, from: string, to: string) => {
    const [first, last] = [await page.locator(from).boundingBox(), await page.locator(to).boundingBox()];
    if (first === null || last === null) throw new Error(`The page has no ${from} or no ${to}.`);
    const [top, bottom] = [first.y - MARGIN, last.y + last.height + MARGIN];
    const path = resolvePath(`docs/${name}-${colorScheme}.png`);
    await page.screenshot({ path, fullPage: true, clip: { x: 0, y: top, width: SIZE.width, height: bottom - top } });
  };
  await takePicture('impact', 'h1', '.signs');
  await takePicture('over-time', '#scenario-crash', '[aria-labelledby=scenario-crash] .parts');
}
