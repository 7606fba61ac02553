// What the page is made of. How it looks in a browser is in html-browser.test.ts.

import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { toHtml } from '../../src/sinks/html.ts';
import { brokenReport, impactReport } from '../fixtures/report.ts';

// No test changes a page, so two pages are enough.
const pages = { impact: await toHtml(impactReport()), broken: await toHtml(brokenReport()) };
const open = (page: string) => parseHTML(page).document;
const readText = (element: { textContent: string | null } | null) =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

it('says the verdict first', () => {
  const document = open(pages.broken);
  expect(readText(document.querySelector('main > p'))).toBe('✗ Broken Redis answered 5 times as another user.');
});

it('says how much was measured where that is not all, in another colour than a verdict over everything', () => {
  const badge = open(pages.impact).querySelector('.badge');
  expect(readText(badge)).toBe('◐ As expected for what was measured: 4 of 5 columns');
  expect(badge?.className).toBe('badge partial');
});

it('has a row for each scenario and a cell for each side, with lost, exposure, p99 and errors', () => {
  const document = open(pages.impact);
  const rows = [...document.querySelectorAll('.matrix tbody tr')];
  expect(rows.map((row) => row.querySelectorAll('td').length)).toEqual([5, 5, 5]);
  expect(readText(rows[1]?.querySelectorAll('td')[1]?.querySelector('dl'))).toBe('lost312exposure0 msp9912 mserrors24');
});

it('tells a cell that is not as promised by a sign and by words', () => {
  const document = open(pages.broken);
  expect(readText(document.querySelector('.differs .says'))).toBe('✗not as promised: 5 answers to another user');
});

it('draws three panels for each part, and a table behind them', () => {
  const document = open(pages.impact);
  expect(document.querySelectorAll('.parts figure')).toHaveLength(12);
  expect(document.querySelectorAll('.parts svg.chart')).toHaveLength(36);
  for (const figure of document.querySelectorAll('figure'))
    expect(figure.querySelector('details table')).not.toBeNull();
});

it('gives every chart a name, and every bin a row', () => {
  const document = open(pages.impact);
  const charts = [...document.querySelectorAll('svg.chart')];
  expect(charts.filter((chart) => (chart.getAttribute('aria-label') ?? '') === '')).toEqual([]);
  expect(document.querySelector('.parts figure details:last-of-type')?.querySelectorAll('tbody tr')).toHaveLength(40);
});

it('marks every fault in each panel, and says what it was below', () => {
  const document = open(pages.impact);
  const figure = [...document.querySelectorAll('.parts figure')][4];
  expect([...(figure?.querySelectorAll('.marks li') ?? [])].map(readText)).toEqual([
    'server-2 killed, 8.0 s (pid 4242, signal SIGKILL)',
    'server-2 back, 12.0 s to 12.6 s (pid 4299, port 40123)',
  ]);
  for (const chart of figure?.querySelectorAll('svg.chart') ?? [])
    expect(chart.querySelectorAll('[stroke="var(--mark)"] line')).toHaveLength(2);
});

it('numbers what was done in the order in which it began', async () => {
  const [part, ...others] = impactReport().parts.slice(4);
  if (part === undefined) throw new Error('The fixture has a crash.');
  const document = open(
    await toHtml({ ...impactReport(), parts: [{ ...part, marks: [...part.marks].reverse() }, ...others] }),
  );
  expect([...(document.querySelector('.marks')?.querySelectorAll('li') ?? [])].map(readText)[0]).toContain(
    'server-2 killed',
  );
});

it('puts a sign over every bin with a wrong user, however few', () => {
  const signs = (page: string) => open(page).querySelectorAll('[fill="var(--wrong-fill)"].dot path').length;
  expect(signs(pages.impact)).toBe(0);
  expect(signs(pages.broken)).toBe(2 * 20);
});

it('has no headings that skip a level, and no id twice', () => {
  const document = open(pages.impact);
  const levels = [...document.querySelectorAll('h1,h2,h3,h4')].map(({ tagName }) => Number(tagName[1]));
  expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});

describe('safety', () => {
  it('lets no text of the report become markup', async () => {
    const evil = '<script>alert(1)</script>"\'&';
    const report = impactReport();
    const html = await toHtml({
      ...report,
      title: evil,
      sentence: evil,
      sides: report.sides.map((side) => ({ ...side, text: evil })),
      notes: [evil],
    });
    const { document } = parseHTML(html);
    expect(document.title).toContain(evil);
    expect(document.querySelectorAll('script')).toHaveLength(0);
    // In an attribute's value it may stand as it is.
    expect(html.replace(/"[^"]*"/g, '')).not.toContain('<script');
  });

  it('names nothing outside of itself, and runs nothing', () => {
    const document = open(pages.impact);
    expect(document.querySelectorAll('script, link, img, iframe, object, [href], [src], [onclick]')).toHaveLength(0);
  });

  it('has one style, whose hash its policy names, and no style attributes, which the policy would refuse', () => {
    const document = open(pages.impact);
    const [style, ...others] = [...document.querySelectorAll('style')];
    const hash = createHash('sha256')
      .update(style?.textContent ?? '')
      .digest('base64');
    expect(document.querySelector('meta[http-equiv]')?.getAttribute('content')).toContain(`style-src 'sha256-${hash}'`);
    expect(others).toEqual([]);
    expect(document.querySelectorAll('[style]')).toHaveLength(0);
  });
});

it('is a page also of a report with no parts at all', async () => {
  const document = open(await toHtml({ ...impactReport(), parts: [], cells: [], checks: [], notes: [], lines: [] }));
  expect(document.querySelectorAll('svg.chart')).toHaveLength(0);
  expect(readText(document.querySelector('h1'))).toBe('Statecraft · Real impact');
});

it('draws parts whose bins hold nulls and zeros only', async () => {
  const report = impactReport();
  const empty = report.parts.map((part) => ({
    ...part,
    bins: part.bins.map((bin) => ({ ...bin, ok: 0, failed: 0, signedOut: 0, p50: null, p99: null })),
  }));
  expect(await toHtml({ ...report, parts: empty })).not.toMatch(/NaN|Infinity|undefined/);
});
