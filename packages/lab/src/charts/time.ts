// What happened over time in one part: three panels over one time axis, with the faults marked in each of them.
//
//   answers per second   stacked: right, failed, signed out, wrong user
//   latency              p50 and p99, logarithmic
//   users                stacked: signed in, not known, signed out, wrongly signed in
//
// Widths and x are percentages, heights and y are pixels. So the chart fills any column, and no layout scales its text.
// The page adds room at both sides for labels.

import type { Bin, Mark, PartSummary } from '../contracts/report.ts';
import { type Html, html } from '../sinks/html/template.ts';
import { ANSWERS, addLayers, type Layer, USERS } from './layers.ts';
import { drawMarks } from './marks.ts';
import { createLinearScale, createLogScale, formatShare, formatShort, formatShortMs, type Scale } from './scales.ts';

const HEIGHT = 80;
/** Above a panel, for its title. */
const TITLE = 22;
/** Below the last panel, for the labels of the time axis. */
const LABELS = 20;
const LINE_HEIGHT = 13;
const PANELS = 3;

/** The same for all sides of a scenario, so that they can be compared. */
export interface TimeScales {
  readonly spanMs: number;
  readonly answersPerSecond: Scale;
  readonly users: Scale;
  readonly latency: Scale;
}

export function createTimeScales(all: readonly PartSummary[]): TimeScales {
  const parts = all.map(cutLead);
  const bins = parts.flatMap((part) => part.bins.map((bin) => ({ bin, perSecond: 1_000 / measureBinMs(part) })));
  const most = (counts: readonly number[]) => createLinearScale(0, Math.max(1, ...counts));
  return {
    spanMs: Math.max(1, ...parts.map((part) => part.bins.length * measureBinMs(part))),
    answersPerSecond: most(bins.map(({ bin, perSecond }) => addLayers(ANSWERS, bin) * perSecond)),
    users: most(bins.map(({ bin }) => addLayers(USERS, bin))),
    latency: createLogScale(bins.flatMap(({ bin }) => [bin.p50, bin.p99])),
  };
}

/** One `<svg>`. The axis begins where the load of this part begins. `id` is unique on the page. */
export function drawTimeChart(whole: PartSummary, id: string, name: string, scales: TimeScales): Html {
  const part = cutLead(whole);
  const from = part.bins[0]?.at ?? 0;
  const time = createLinearScale(from / 1_000, (from + scales.spanMs) / 1_000);
  const binShare = measureBinMs(part) / scales.spanMs;
  const { answersPerSecond, latency, users } = scales;
  const rate = 1_000 / measureBinMs(part);
  const panels = [
    html`${drawStack(part, ANSWERS, { id: `${id}-answers`, binShare, place: (count) => answersPerSecond.place(count * rate) })}
${drawWrongSigns(part, binShare, ({ wrongUser }) => wrongUser)}${drawMarks(sortMarks(part), time, HEIGHT, true)}${drawFrame('answers per second', answersPerSecond, formatShort)}`,
    html`${drawGrid(latency)}${drawMarks(sortMarks(part), time, HEIGHT, false)}${drawLatencies(part, latency, binShare)}${drawFrame('latency', latency, formatShortMs)}`,
    html`${drawStack(part, USERS, { id: `${id}-users`, binShare, place: users.place })}
${drawWrongSigns(part, binShare, (bin) => bin.users.wronglySignedIn)}${drawMarks(sortMarks(part), time, HEIGHT, false)}${drawFrame('users', users, formatShort)}${drawTimeLabels(time)}`,
  ];
  const groups = panels.map((panel, index) => {
    return html`<g class="panel" transform="translate(0 ${index * (HEIGHT + TITLE) + TITLE})">${panel}</g>\n`;
  });
  const height = PANELS * (HEIGHT + TITLE) + LABELS;
  return html`<svg class="chart" height="${height}" role="img" aria-label="Answers per second, latency and users over time, ${name}" data-bin="${binShare}" data-first="${whole.bins.length - part.bins.length}">
${groups}<rect class="cross" width="${formatShare(binShare)}" height="${height - LABELS}"/></svg>`;
}

/** Before the first answer there may be seconds in which users sign in: a tenth of the chart for them is enough. */
const MOST_LEAD = 0.1;

export function cutLead<T extends Pick<PartSummary, 'bins'>>(part: T): T {
  const first = part.bins.findIndex((bin) => addLayers(ANSWERS, bin) > 0);
  const lead = Math.ceil((part.bins.length - first) * MOST_LEAD);
  return { ...part, bins: part.bins.slice(Math.max(0, first - lead)) };
}

interface Stack {
  readonly id: string;
  readonly binShare: number;
  readonly place: (count: number) => number;
}

/**
 * The highest layer first, down to the ground, and the others over it, so that no line is seen between them. A layer is
 * a whole rectangle, cut to its steps: a rectangle that is stretched would stretch its pattern.
 */
function drawStack({ bins }: PartSummary, layers: readonly Layer[], { id, binShare, place }: Stack): Html[] {
  const seen = layers.filter((layer) => bins.some((bin) => layer.read(bin) > 0));
  const drawn = seen.map((layer, index) => {
    const heights = bins.map((bin) => place(addLayers(seen.slice(0, index + 1), bin)));
    return html`<clipPath id="${id}-${index}" clipPathUnits="objectBoundingBox"><path d="${drawSteps(heights, binShare)}"/></clipPath>
<rect width="100%" height="${HEIGHT}" fill="${layer.paint}" clip-path="url(#${id}-${index})"/>`;
  });
  return drawn.reverse();
}

function drawSteps(heights: readonly number[], binShare: number): string {
  const round = (value: number) => Number(value.toFixed(4));
  const steps = heights.map((height, index) =>
    // Equal neighbours are one step.
    height === heights[index + 1] ? '' : `V${round(1 - height)}H${round((index + 1) * binShare)}`,
  );
  return `M0 1${steps.join('')}V1Z`;
}

/** One wrong user among thousands is too thin a layer to see, and the worst outcome: it gets a sign at the top. */
function drawWrongSigns({ bins }: PartSummary, binShare: number, read: (bin: Bin) => number): Html {
  const signs = bins.flatMap((bin, index) =>
    read(bin) > 0 ? [html`<svg x="${formatShare((index + 0.5) * binShare)}"><path d="M-4-5H4L0 3Z"/></svg>`] : [],
  );
  return html`<g class="wrong">${signs}</g>`;
}

function drawLatencies({ bins }: PartSummary, scale: Scale, binShare: number): Html | undefined {
  const last = bins.findLastIndex(({ p50, p99 }) => p50 !== null && p99 !== null);
  const { p50, p99 } = bins[last] ?? {};
  if (p50 == null || p99 == null) return undefined;
  const ends = separateLabels(HEIGHT * (1 - scale.place(p99)), HEIGHT * (1 - scale.place(p50)));
  const x = formatShare((last + 1) * binShare);
  return html`<svg class="lines" width="100%" height="${HEIGHT}" viewBox="0 0 1 1" preserveAspectRatio="none">
<path class="p50" d="${drawLine(bins, 'p50', scale, binShare)}"/><path class="p99" d="${drawLine(bins, 'p99', scale, binShare)}"/></svg>
<text class="end" x="${x}" dx="4" y="${ends[0]}" dy="4">p99</text><text class="end" x="${x}" dx="4" y="${ends[1]}" dy="4">p50</text>`;
}

/** A gap where a bin has no answer. */
function drawLine(bins: readonly Bin[], key: 'p50' | 'p99', { place }: Scale, binShare: number): string {
  return bins
    .map((bin, index) => {
      const value = bin[key];
      if (value === null) return '';
      const isFirst = (bins[index - 1]?.[key] ?? null) === null;
      return `${isFirst ? 'M' : 'L'}${((index + 0.5) * binShare).toFixed(4)} ${(1 - place(value)).toFixed(4)}`;
    })
    .join('');
}

/** Labels of two lines that end close to each other, one above the other. */
function separateLabels(upper: number, lower: number): [number, number] {
  const middle = Math.min(HEIGHT - LINE_HEIGHT / 2, Math.max(LINE_HEIGHT / 2, (upper + lower) / 2));
  const half = Math.max(LINE_HEIGHT, lower - upper) / 2;
  return [Math.round(middle - half), Math.round(middle + half)];
}

const drawGrid = ({ ticks, place }: Scale): Html[] =>
  ticks.map((tick) => html`<line class="grid" x2="100%" y1="${placeY(place(tick))}" y2="${placeY(place(tick))}"/>`);

function drawFrame(title: string, { ticks, place }: Scale, format: (tick: number) => string): Html {
  const labels = dropCrowded(ticks.map((tick) => ({ text: format(tick), y: placeY(place(tick)) })));
  return html`<line class="axis" x2="100%" y1="${HEIGHT}" y2="${HEIGHT}"/>
${labels.map(({ text, y }) => html`<text class="tick" dx="-6" y="${y}" dy="4">${text}</text>`)}<text class="title" y="-8">${title}</text>`;
}

const placeY = (share: number): number => Math.round(HEIGHT * (1 - share));

/** Without the labels that would touch the one below. */
function dropCrowded<T extends { readonly y: number }>(labels: readonly T[]): T[] {
  let lowest = Number.POSITIVE_INFINITY;
  return labels.filter(({ y }) => {
    const hasRoom = lowest - y >= LINE_HEIGHT;
    if (hasRoom) lowest = y;
    return hasRoom;
  });
}

const drawTimeLabels = ({ ticks, place }: Scale): Html[] =>
  ticks.map((tick) => html`<text class="time" x="${formatShare(place(tick))}" y="${HEIGHT + 15}">${tick} s</text>`);

/** By their beginning: a mark is recorded when its fault is over. */
export const sortMarks = ({ marks }: PartSummary): Mark[] => [...marks].sort((one, other) => one.at - other.at);

const measureBinMs = ({ bins }: PartSummary): number => (bins[1]?.at ?? 1_000) - (bins[0]?.at ?? 0);
