// Latency by percentile: every further nine on the horizontal axis gets the same width, so that the tail can be seen. Dashes,
// markers and names at the ends of the lines tell the sides apart; colour only helps.

import { dot, gridX, gridY, lineY, type Markish, text } from '@observablehq/plot';
import type { PartSummary } from '../contracts/report.ts';
import { drawLabelsX, drawLabelsY, fitLogDomain, formatShortMs, listLogTicks, toSvg } from './svg.ts';

export interface Line {
  readonly name: string;
  readonly part: PartSummary;
  /** The index of the side in the report, so that it looks the same in every chart. */
  readonly index: number;
}

interface Look {
  readonly stroke: string;
  readonly dash: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'cross';
}

const LOOKS: readonly Look[] = [
  { stroke: 'var(--s1)', dash: 'none', symbol: 'circle' },
  { stroke: 'var(--s2)', dash: '7 3', symbol: 'square' },
  { stroke: 'var(--s3)', dash: '2 3', symbol: 'triangle' },
  { stroke: 'var(--s4)', dash: '10 3 2 3', symbol: 'diamond' },
  { stroke: 'var(--s5)', dash: '4 2', symbol: 'star' },
  { stroke: 'var(--s6)', dash: '1 2', symbol: 'cross' },
];

const SHARES = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
const HEIGHT = 260;
const LABEL_HEIGHT = 13;
const FRAME = { width: 640, height: HEIGHT, marginLeft: 52, marginRight: 170, marginTop: 12, marginBottom: 34 };

const countNines = (share: number): number => 1 / (1 - share);

export function drawPercentileChart(lines: readonly Line[], label: string): string {
  const drawn = lines.map((line) => ({ ...line, ...pickLook(line.index), points: listPoints(line.part) }));
  const all = drawn.flatMap(({ points }) => points);
  const domain = fitLogDomain(all.map(({ ms }) => ms));
  const most = Math.max(10, ...all.map(({ at }) => at));
  const shares = SHARES.filter((share) => countNines(share) <= most * 1.01);
  return toSvg({
    ...FRAME,
    label,
    x: { type: 'log', domain: [1, most], axis: null },
    y: { type: 'log', domain, axis: null },
    marks: [
      gridX(shares.map(countNines), { strokeOpacity: 0.12 }),
      gridY(listLogTicks(domain), { strokeOpacity: 0.15 }),
      ...drawn.flatMap(({ points, stroke, dash, symbol }): Markish[] => [
        lineY(points, { x: 'at', y: 'ms', stroke, strokeWidth: 2, strokeDasharray: dash }),
        dot(
          points.filter(({ at }) => shares.some((share) => isNear(countNines(share), at)) && at > 1),
          {
            x: 'at',
            y: 'ms',
            symbol,
            fill: stroke,
            r: 4,
          },
        ),
      ]),
      ...drawEndLabels(drawn, domain),
      drawLabelsX(shares.map(countNines), formatShare),
      drawLabelsY(listLogTicks(domain), formatShortMs),
    ],
  });
}

const pickLook = (index: number): Look =>
  LOOKS[index % LOOKS.length] ?? { stroke: 'currentColor', dash: 'none', symbol: 'circle' };

/** Without percentiles that fewer than one answer lies above, and without the maximum, which has no place on this axis. */
function listPoints({ responseTime: { curve, count } }: PartSummary): { at: number; ms: number }[] {
  return curve
    .filter(([share, ms]) => share < 1 && ms > 0 && countNines(share) <= count * 1.01)
    .map(([share, ms]) => ({ at: countNines(share), ms }));
}

const isNear = (one: number, other: number): boolean => Math.abs(one - other) < one * 0.001;

const formatShare = (at: number): string => `${Number((100 * (1 - 1 / at)).toPrecision(6))} %`;

type Drawn = Line & Look & { readonly points: readonly { at: number; ms: number }[] };

/** Names at the ends of the lines, moved apart where they would overlap: from the lowest up, at least one line apart. */
function drawEndLabels(drawn: readonly Drawn[], [from, to]: readonly [number, number]): Markish[] {
  const room = HEIGHT - FRAME.marginTop - FRAME.marginBottom;
  const placeY = (ms: number) => (room * Math.log(ms / from)) / Math.log(to / from);
  const ends = drawn
    .flatMap((line) => line.points.slice(-1).map((point) => ({ ...line, ...point, natural: placeY(point.ms) })))
    .sort((one, other) => one.natural - other.natural);
  let floor = Number.NEGATIVE_INFINITY;
  return ends.map(({ name, at, ms, natural, stroke, symbol }) => {
    const placed = Math.max(natural, floor + LABEL_HEIGHT);
    floor = placed;
    return text([{ at, ms }], {
      x: 'at',
      y: 'ms',
      text: () => `${SIGNS[symbol]} ${name}`,
      textAnchor: 'start',
      fill: stroke,
      fontSize: 11,
      dx: 10,
      dy: natural - placed,
    });
  });
}

const SIGNS: Record<Look['symbol'], string> = {
  circle: '●',
  square: '■',
  triangle: '▲',
  diamond: '◆',
  star: '★',
  cross: '✚',
};
