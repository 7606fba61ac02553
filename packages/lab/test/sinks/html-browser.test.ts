// The page in a real Chromium: nothing is refused by its policy, nothing is fetched, and it can be read on a telephone.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findExecutable } from '@statecraft/infra-dev';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { toHtml } from '../../src/sinks/html.ts';
import { brokenReport } from '../fixtures/report.ts';

// Chromium on a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findExecutable(name))
  .find(Boolean);
const folder = mkdtempSync(join(tmpdir(), 'lab-html-'));
const url = pathToFileURL(join(folder, 'report.html')).href;
let browser: Browser;

beforeAll(async () => {
  if (executablePath === undefined) throw new Error('Chromium is not on the PATH; npm test installs it, or says how.');
  writeFileSync(join(folder, 'report.html'), await toHtml(brokenReport()));
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  // As root, which containers are, Chromium has no sandbox of its own; the page is ours.
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet],
  });
}, 30_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function open(
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<{ page: Page; messages: string[]; asked: string[] }> {
  const page = await browser.newPage(options);
  const messages: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(url);
  return { page, messages, asked };
}

it('shows verdict and charts, and neither complains nor asks for anything', async () => {
  const { page, messages, asked } = await open({ viewport: { width: 1_280, height: 900 } });
  expect(await page.locator('.verdict').textContent()).toContain('Redis answered 5 times as another user.');
  const box = await page.locator('svg.chart').first().boundingBox();
  expect(box?.width).toBeGreaterThan(200);
  expect(messages).toEqual([]);
  expect(asked).toEqual([url]);
});

it.each([360, 768, 1_280])('needs no sideways scrolling at %i pixels', async (width) => {
  const { page } = await open({ viewport: { width, height: 800 } });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
});

it.each(['light', 'dark'] as const)('has text with a contrast of at least 4.5 : 1 in %s', async (colorScheme) => {
  const { page } = await open({ colorScheme });
  const ratios = (await page.evaluate(CONTRAST)) as Record<string, number>;
  expect(Object.entries(ratios).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
  expect(Object.keys(ratios).length).toBeGreaterThan(10);
});

it.each(['light', 'dark'] as const)('keeps every rule that axe knows, in %s', async (colorScheme) => {
  // The page's policy would refuse axe, too.
  const { page } = await open({ colorScheme, bypassCSP: true });
  await page.evaluate(axe.source);
  const violations = (await page.evaluate('axe.run().then((result) => result.violations)')) as axe.Result[];
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});

it('opens a table with the keyboard', async () => {
  const { page } = await open();
  await page.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  expect(await page.locator('details').first().getAttribute('open')).toBe('');
});

/** WCAG 2.2, 1.4.3: of every colour of text on the card and on the page, as the browser resolves them. */
const CONTRAST = `(() => {
  const style = getComputedStyle(document.documentElement);
  const luminance = (name) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.setAttribute('class', 'probe');
    const sheet = document.styleSheets[0];
    const index = sheet.insertRule('.probe { color: var(' + name + ') }', sheet.cssRules.length);
    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number)
      .map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    sheet.deleteRule(index);
    probe.remove();
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  const inks = ['ink', 'muted', 'holds', 'broken', 'unknown', 'mark'];
  return Object.fromEntries(inks.flatMap((ink) => ['card', 'page'].map((ground) =>
    [ink + ' on ' + ground, ratio(luminance('--' + ink), luminance('--' + ground))])));
})()`;
