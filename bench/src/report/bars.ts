// The README's drawing: each side's share of the bare route as a bar, with its interval.

import type { Row } from '../summary.ts';
import { interval, share } from './format.ts';
import { drawing, line, rect, text } from './svg.ts';

const LEFT = 360;
const WIDE = 420;
/** Of a row's figures, bold. */
const FIGURES = 120;
const GAP = 12;
const ROW = 23;
const TOP = 78;
const KIND = { ours: 'ours', peer: 'peer', 'by hand': 'hand', control: 'control' } as const;
const GROUPS = ['ours', 'peer', 'by hand'] as const;

export function barsOf(rows: readonly Row[], caption: string): string {
  const shown = GROUPS.flatMap((group) => rows.filter((row) => row.group === group).sort(byShare));
  const bottom = TOP + shown.length * ROW;
  const frame = {
    width: Math.ceil(LEFT + Math.max(...shown.map(endOf), 1) * WIDE + GAP + FIGURES),
    height: bottom + 50,
    title: 'Throughput for a signed-in user, as a share of a bare Fastify route',
    description: shown.map((row) => `${row.title}: ${share(row.share.mean)}`).join('; '),
  };
  const x = (value: number) => LEFT + value * WIDE;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    line(x(value), TOP - 8, x(value), bottom, value === 1 ? 'axis' : 'grid'),
    text(x(value), TOP - 14, value === 1 ? 'bare = 1' : value.toFixed(2), 'soft middle'),
  ]);
  const parts = [text(16, 26, frame.title, 'head'), text(16, 46, LEGEND, 'soft'), ...grid];
  return drawing(frame, [
    ...parts,
    ...shown.flatMap((row, at) => barOf(row, TOP + at * ROW, x)),
    text(16, bottom + 30, caption, 'soft'),
  ]);
}

const LEGEND =
  'solid: Statecraft, every safety on · hatched: other libraries · dashed: by hand, no safety · whisker: 95 % interval';

/** Where its figures begin, right of all that is drawn. */
const endOf = ({ share: { mean, high } }: Row): number => Math.max(Number.isFinite(high) ? high : mean, 1);

const byShare = (one: Row, other: Row): number => other.share.mean - one.share.mean;

function barOf(row: Row, y: number, x: (value: number) => number): string[] {
  const { title, group, share: of } = row;
  const middle = y + ROW / 2 - 1;
  const isBounded = Number.isFinite(of.high);
  return [
    text(LEFT - GAP, middle + 4.5, title, group === 'ours' ? 'strong end' : 'end'),
    rect(x(0), y + 3, x(of.mean) - x(0), ROW - 8, KIND[group]),
    ...(isBounded ? [line(x(of.low), middle, x(of.high), middle, 'whisker')] : []),
    text(
      x(endOf(row)) + GAP,
      middle + 4.5,
      isBounded ? `${share(of.mean)} (${interval(of)})` : share(of.mean),
      group === 'ours' ? 'strong' : '',
    ),
  ];
}
