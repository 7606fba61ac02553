// How cost grows with the number of live sessions: throughput as a share of bare, and p99, for each store.

import type { GrowthRow } from '../growth-rows.ts';
import { count } from './format.ts';
import { at, drawing, line, text } from './svg.ts';

const PANEL = { width: 330, height: 170, left: 56, top: 40, right: 64, bottom: 40 };
const COUNTS = [1_000, 10_000, 100_000, 1_000_000];

interface Panel {
  readonly title: string;
  readonly rows: readonly GrowthRow[];
  readonly value: (row: GrowthRow) => number;
  readonly most: number;
  readonly unit: (value: number) => string;
}

export function growthChart(all: readonly GrowthRow[], caption: string): string {
  const rows = all.filter(({ share }) => !Number.isNaN(share));
  const stores = ['memory', 'redis'] as const;
  const longest = niceAbove(Math.max(1, ...rows.map(({ p99Ms }) => p99Ms)));
  const highest = Math.ceil(5 * Math.max(1, ...rows.map(({ share }) => share))) / 5;
  const panels = stores.flatMap((store): Panel[] => {
    const own = rows.filter((row) => row.store === store);
    return [
      {
        title: `${store}: throughput, share of bare`,
        rows: own,
        value: (row) => row.share,
        most: highest,
        unit: (v) => v.toFixed(2),
      },
      { title: `${store}: p99, ms`, rows: own, value: (row) => row.p99Ms, most: longest, unit: (v) => String(v) },
    ];
  });
  const [wide, high] = [PANEL.left + PANEL.width + PANEL.right, PANEL.top + PANEL.height + PANEL.bottom];
  const frame = {
    width: 2 * wide,
    height: 2 * high + 70,
    title: 'Throughput and p99 by number of live sessions',
    description: rows
      .map(
        (row) =>
          `${row.store}, ${row.sessions} sessions of ${row.bytes} bytes: ${row.share.toFixed(2)} of bare, p99 ${row.p99Ms.toFixed(1)} ms`,
      )
      .join('; '),
  };
  const drawn = panels.map(
    (panel, n) => `<g transform="translate(${(n >> 1) * wide} ${34 + (n & 1) * high})">${panelOf(panel).join('')}</g>`,
  );
  return drawing(frame, [text(16, 26, frame.title, 'head'), ...drawn, text(16, frame.height - 14, caption, 'soft')]);
}

function panelOf({ title, rows, value, most, unit }: Panel): string[] {
  const { left, top, width, height } = PANEL;
  const x = (sessions: number) => left + (width * (Math.log10(sessions) - 3)) / 3;
  const y = (figure: number) => top + height - (height * figure) / most;
  const levels = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  return [
    text(left, top - 14, title, 'strong'),
    ...levels.flatMap((level) => [
      line(left, y(level), left + width, y(level), 'grid'),
      text(left - 8, y(level) + 4, unit(level), 'soft end'),
    ]),
    ...COUNTS.map((sessions) => text(x(sessions), top + height + 18, count(sessions), 'soft middle')),
    ...[1024, 8192].flatMap((bytes) =>
      curve(
        rows.filter((row) => row.bytes === bytes),
        bytes,
        (row) => [x(row.sessions), y(value(row))],
      ),
    ),
  ];
}

function curve(rows: readonly GrowthRow[], bytes: number, place: (row: GrowthRow) => [number, number]): string[] {
  const points = rows.map(place);
  const last = points.at(-1);
  if (last === undefined) return [];
  const small = bytes === 1024;
  const path = points.map(([x, y]) => `${at(x)},${at(y)}`).join(' ');
  const dot = ([x, y]: [number, number]) =>
    small
      ? `<circle cx="${at(x)}" cy="${at(y)}" r="4" class="dot"/>`
      : `<rect x="${at(x - 4)}" y="${at(y - 4)}" width="8" height="8" class="dot"/>`;
  const label = text(last[0] + 9, last[1] + (small ? -4 : 12), small ? '1 KB' : '8 KB', 'strong');
  return [`<polyline points="${path}" class="line${small ? '' : ' dashed'}"/>`, ...points.map(dot), label];
}

/** 1, 2, 4 or 10 times a power of ten: quarters of it can be read. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 10].find((step) => step * power >= value) ?? 10) * power;
}
