// The pages of kept reports in a real Chromium: nothing is refused by their policy, nothing is fetched, and they can be
// read on a telephone and by keyboard.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findExecutable } from '@statecraft/infra-dev';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { compareReports } from '../../src/compare/compare.ts';
import { toComparisonHtml } from '../../src/compare/formats.ts';
import type { Report } from '../../src/contracts/report.ts';
import { toHtml } from '../../src/sinks/html.ts';
import { parseReport } from '../../src/sinks/json.ts';
import { brokenReport } from '../fixtures/report.ts';

// Chromium on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findExecutable(name))
  .find(Boolean);
const folder = mkdtempSync(join(tmpdir(), 'lab-html-'));
/** Real reports, and one in which users are mixed up. */
const REPORTS = ['impact-start', 'crash', 'two-requests', 'failover', 'revocation', 'broken'] as const;
const PAGES = [...REPORTS, 'comparison'] as const;
type Name = (typeof PAGES)[number];
const findUrl = (name: Name) => pathToFileURL(join(folder, `${name}.html`)).href;
const readReport = (name: (typeof REPORTS)[number]): Report =>
  name === 'broken'
    ? brokenReport()
    : parseReport(readFileSync(new URL(`../../../../docs/runs/${name}.json`, import.meta.url), 'utf8'));
let browser: Browser;

beforeAll(async () => {
  if (executablePath === undefined) throw new Error('Chromium is not on the PATH; npm test installs it, or says how.');
  for (const name of REPORTS) writeFileSync(join(folder, `${name}.html`), await toHtml(readReport(name)));
  const runs = ['before', 'after'].map((name) => ({ name, report: readReport('impact-start') }));
  writeFileSync(join(folder, 'comparison.html'), await toComparisonHtml(compareReports(runs)));
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
  name: Name,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<{ page: Page; messages: string[]; asked: string[] }> {
  const page = await browser.newPage(options);
  onTestFinished(() => page.close());
  const messages: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(findUrl(name));
  return { page, messages, asked };
}

const WIDE = { viewport: { width: 1_280, height: 900 } };
const NARROW = { viewport: { width: 390, height: 800 } };
it.each(REPORTS)('shows %s, and neither complains nor asks for anything', async (name) => {
  const { page, messages, asked } = await open(name, WIDE);
  expect(await page.locator('.verdict').textContent()).toContain(readReport(name).sentence);
  expect(messages).toEqual([]);
  expect(asked).toEqual([findUrl(name)]);
});

it('shows a comparison without a complaint', async () => {
  const { page, messages } = await open('comparison', WIDE);
  expect(await page.locator('.words').count()).toBeGreaterThan(3);
  expect(messages).toEqual([]);
});

it.each(PAGES)('needs no sideways scrolling, however narrow: %s', async (name) => {
  const { page } = await open(name);
  for (const width of [320, 390, 768, 1_280]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }
});

it.each(['light', 'dark'] as const)('has text with a contrast of at least 4.5 : 1 in %s', async (colorScheme) => {
  const { page } = await open('broken', { colorScheme });
  const ratios = (await page.evaluate(CONTRAST)) as Record<string, number>;
  expect(Object.entries(ratios).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
  expect(Object.keys(ratios).length).toBeGreaterThan(10);
});

it.each(
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    (['impact-start', 'failover', 'broken', 'comparison'] as const).map((name) => ({ name, colorScheme })),
  ),
)('keeps every rule that axe knows: $name, $colorScheme', async ({ name, colorScheme }) => {
  // The page's policy would refuse axe, too.
  const { page } = await open(name, { colorScheme, bypassCSP: true });
  // A thousand rows that are alike take axe half a minute.
  await page.evaluate('document.querySelectorAll(".bins tr:nth-child(n + 3)").forEach((row) => row.remove())');
  await page.evaluate(axe.source);
  const violations = (await page.evaluate('axe.run().then((result) => result.violations)')) as axe.Result[];
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});

describe('charts', () => {
  it.each(['impact-start', 'broken'] as const)(
    'have text of at least 11 pixels that does not overlap, however narrow: %s',
    async (name) => {
      const { page } = await open(name);
      for (const width of [320, 390, 768, 1_280]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate(TEXTS), `${width}`).toEqual({ small: [], overlapping: [] });
      }
    },
  );

  it('have text of at least 11 pixels in four columns', async () => {
    const { page } = await open('broken', WIDE);
    const columns = 'getComputedStyle(document.querySelector(".of-4")).gridTemplateColumns.split(" ").length';
    expect(await page.evaluate(columns)).toBe(4);
    expect(await page.evaluate(`${TEXTS}.small`)).toEqual([]);
  });

  it('show the values at the pointer', async () => {
    const { page } = await open('broken', WIDE);
    const figure = page.locator('#part-crash-redis');
    await figure.locator('.chart').hover({ position: { x: 100, y: 40 } });
    expect(await figure.locator('.reading').textContent()).toMatch(
      /^\d+\.\d s: right \d+, .*wrong user 1, p50 \d.* ms, .*users wrongly signed in 50/,
    );
    expect(await figure.locator('.cross').isVisible()).toBe(true);
  });

  it('show the values by the arrow keys, and tell them to a screen reader', async () => {
    const { page } = await open('impact-start', NARROW);
    const reader = page.locator('.reader').first();
    await reader.focus();
    for (const key of ['End', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
    const row = page.locator('figure').first().locator('.bins tbody tr').nth(-3);
    const time = await row.locator('th').textContent();
    const reading = await page.locator('.reading').first().textContent();
    expect(reading).toMatch(new RegExp(`^${time}: right \\d+, p50 .* ms, .*users signed in 200$`));
    expect(await reader.getAttribute('aria-valuetext')).toBe(reading);
  });

  it('offer no reading without a script', async () => {
    const { page } = await open('impact-start', { ...WIDE, javaScriptEnabled: false });
    expect(await page.locator('.reader').first().isVisible()).toBe(false);
    expect(await page.locator('.reading').first().isVisible()).toBe(false);
    expect(await page.locator('.chart').first().isVisible()).toBe(true);
  });
});

it('leads from a cell to its chart, and from the contents to a closed section, which opens', async () => {
  const { page } = await open('impact-start', WIDE);
  await page.locator('.matrix .more').last().click();
  expect(await page.evaluate('document.querySelector("figure:target h3").textContent')).toBe('redis, tracked cache');
  await page.locator('.contents a', { hasText: 'Environment' }).click();
  expect(
    await page
      .locator('section', { has: page.locator('#environment') })
      .locator('.items')
      .isVisible(),
  ).toBe(true);
});

it('opens a section with the keyboard', async () => {
  const { page } = await open('broken');
  const words = page.locator('.fold').first();
  await words.locator('summary').focus();
  await page.keyboard.press('Enter');
  expect(await words.getAttribute('open')).toBe('');
});

it('shows closed sections on paper', async () => {
  const { page } = await open('broken', WIDE);
  expect(await page.locator('.terms').isVisible()).toBe(false);
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.terms').isVisible()).toBe(true);
});

/** The height of the font of every text, and the pairs of texts in a chart whose boxes overlap by more than a pixel. */
const TEXTS = `(() => {
  const charts = [...document.querySelectorAll('.chart')].map((chart) => [...chart.querySelectorAll('text')]);
  const measure = (text) => parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b);
  const overlaps = (one, other) => {
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    // A box of text has room above and below its letters.
    return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  };
  const pairs = charts.flatMap((texts) => texts.flatMap((one, index) => texts.slice(index + 1)
    .filter((other) => overlaps(one, other)).map((other) => one.textContent + ' and ' + other.textContent)));
  return { small: charts.flat().filter((text) => measure(text) < 11).map((text) => text.textContent), overlapping: pairs };
})()`;

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
