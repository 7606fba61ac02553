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
  expect(readText(rows[1]?.querySelectorAll('td')[1]?.querySelector('dl'))).toBe(
    'users lost312exposure0 msp9912 msrequests failed24',
  );
});

it('tells a cell that is not as promised by a sign and by words', () => {
  const document = open(pages.broken);
  expect(readText(document.querySelector('.differs .says'))).toBe('✗not as promised: 5 answers to another user');
});

it('draws three panels for each part, and a table behind them', () => {
  const document = open(pages.impact);
  expect(document.querySelectorAll('.parts figure')).toHaveLength(12);
  expect(document.querySelectorAll('.parts svg.chart .panel')).toHaveLength(36);
  for (const figure of document.querySelectorAll('figure'))
    expect(figure.querySelector('details table')).not.toBeNull();
});

it('gives every chart a name, and every bin a row', () => {
  const document = open(pages.impact);
  const charts = [...document.querySelectorAll('svg.chart')];
  expect(charts.filter((chart) => (chart.getAttribute('aria-label') ?? '') === '')).toEqual([]);
  expect(document.querySelector('.parts figure .bins')?.querySelectorAll('tbody tr')).toHaveLength(40);
});

it('marks every fault in each panel, and says what it was below', () => {
  const document = open(pages.impact);
  const figure = [...document.querySelectorAll('.parts figure')][4];
  expect([...(figure?.querySelectorAll('.marks li') ?? [])].map(readText)).toEqual([
    'server-2 killed, 8.0 s (pid 4242, signal SIGKILL)',
    'server-2 back, 12.0 s to 12.6 s (pid 4299, port 40123)',
  ]);
  for (const panel of figure?.querySelectorAll('.panel') ?? [])
    expect(panel.querySelectorAll('.mark line')).toHaveLength(2);
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
  const signs = (page: string) => open(page).querySelectorAll('.wrong path').length;
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

describe('finding a place', () => {
  it('lists every section in the contents, and every link leads to a place on the page', () => {
    const document = open(pages.impact);
    const listed = [...document.querySelectorAll('.contents a')].map((link) => link.getAttribute('href'));
    expect(listed).toEqual([...document.querySelectorAll('section > h2, section h2')].map(({ id }) => `#${id}`));
    const lost = [...document.querySelectorAll('a')].filter(
      (link) => document.getElementById(link.getAttribute('href')?.slice(1) ?? '') === null,
    );
    expect(lost).toEqual([]);
  });

  it('links every cell that was measured to its chart', () => {
    const document = open(pages.impact);
    const links = [...document.querySelectorAll('.matrix .more')];
    expect(links).toHaveLength(12);
    expect(readText(links[4] ?? null)).toBe('over time: One server crashes, jwt');
    expect(document.querySelector(links[4]?.getAttribute('href') ?? '')?.tagName).toBe('FIGURE');
  });

  it('explains every figure of the cells', () => {
    const document = open(pages.impact);
    const titles = [...document.querySelectorAll('.four dt')].map((name) => name.getAttribute('title') ?? '');
    expect(titles.filter((title) => title.length < 20)).toEqual([]);
    expect(document.querySelectorAll('.terms dt').length).toBeGreaterThan(8);
  });
});

it('begins the time axis where the load begins', async () => {
  const report = impactReport();
  const late = report.parts.map((part) => ({
    ...part,
    bins: part.bins.map((bin) => ({ ...bin, at: bin.at + 9_000 })),
  }));
  const chart = open(await toHtml({ ...report, parts: late })).querySelector('.chart');
  expect(readText(chart?.querySelector('.time') ?? null)).toBe('10 s');
  expect(chart?.querySelector('clipPath path')?.getAttribute('d')).toMatch(/^M0 1V0/);
});

it('leaves out most of a time without answers before the load, in the chart but not in its table', async () => {
  const report = impactReport();
  const quiet = { ok: 0, failed: 0, signedOut: 0, p50: null, p99: null };
  const parts = report.parts.map((part) => ({
    ...part,
    bins: part.bins.map((bin, index) => (index < 20 ? { ...bin, ...quiet } : bin)),
  }));
  const document = open(await toHtml({ ...report, parts }));
  expect(document.querySelector('.chart')?.getAttribute('data-first')).toBe('18');
  expect(document.querySelector('.reader')?.getAttribute('max')).toBe('21');
  expect(document.querySelector('.bins')?.querySelectorAll('tbody tr')).toHaveLength(40);
});

describe('bars', () => {
  const addFigure = (text: string) => {
    const report = impactReport();
    const weigh = (side: string) => ({ weight: { value: side === 'redis' ? 50 : 200, unit: 'bytes', text } });
    return {
      ...report,
      cells: report.cells.map((cell) => (cell.scenario === 'users' ? { ...cell, figures: ['weight'] } : cell)),
      parts: report.parts.map((part) => (part.scenario === 'users' ? { ...part, figures: weigh(part.side) } : part)),
    };
  };
  const readWidths = (document: ReturnType<typeof open>, where: string) =>
    [...document.querySelectorAll(`${where} .bar rect`)].map((bar) => bar.getAttribute('width'));

  it('show the figures of a cell, relative to the others of its row', async () => {
    const document = open(await toHtml(addFigure('memory per user')));
    expect(readWidths(document, '.matrix')).toEqual(['100%', '100%', '100%', '25%']);
    expect(readText(document.querySelector('.weight'))).toBe('200 bytes: memory per user');
  });

  it('compare a figure that several sides have', async () => {
    const document = open(await toHtml(addFigure('memory per user')));
    expect(readText(document.querySelector('.bars caption'))).toBe('memory per user');
    expect(readWidths(document, '.bars')).toEqual(['100%', '100%', '100%', '25%']);
  });
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
    expect(document.querySelectorAll('script')).toHaveLength(1);
    // In an attribute's value it may stand as it is.
    expect(html.replace(/"[^"]*"/g, '').match(/<script/g)).toHaveLength(1);
  });

  it('names nothing outside of itself', () => {
    const document = open(pages.impact);
    expect(document.querySelectorAll('link, img, iframe, object, [src], [onclick]')).toHaveLength(0);
    expect(
      [...document.querySelectorAll('[href]')].filter((link) => !link.getAttribute('href')?.startsWith('#')),
    ).toEqual([]);
  });

  it.each(['style', 'script'])('has one %s, whose hash its policy names', (name) => {
    const document = open(pages.impact);
    const [own, ...others] = [...document.querySelectorAll(name)];
    const hash = createHash('sha256')
      .update(own?.textContent ?? '')
      .digest('base64');
    const policy = document.querySelector('meta[http-equiv]')?.getAttribute('content');
    expect(policy).toContain(`${name}-src 'sha256-${hash}'`);
    expect(others).toEqual([]);
  });

  it('has no style attributes, which its policy would refuse', () => {
    expect(open(pages.impact).querySelectorAll('[style]')).toHaveLength(0);
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
