// What happened over time in one part: three panels over one time axis, with the faults marked in each of them.
//
//   answers per second   stacked: right, failed, signed out, wrong user
//   latency              p50 and p99, logarithmic
//   users                stacked: signed in, not known, signed out, wrongly signed in

import { areaY, dot, gridY, lineY, type Markish, rectX, ruleX, ruleY, text } from '@observablehq/plot';
import type { Bin, Mark, PartSummary } from '../contracts/report.ts';
import { drawLabelsX, drawLabelsY, fitLogDomain, formatShort, formatShortMs, listLogTicks, toSvg } from './svg.ts';

/** A layer of a stack: `paint` is a colour or pattern of the page, its pattern tells it apart without colour. */
export interface Layer {
  readonly name: string;
  readonly paint: string;
  readonly read: (bin: Bin) => number;
}

export const ANSWERS: readonly Layer[] = [
  { name: 'right', paint: 'url(#signed-in)', read: ({ ok }) => ok },
  { name: 'failed', paint: 'url(#unknown)', read: ({ failed }) => failed },
  { name: 'signed out', paint: 'url(#signed-out)', read: ({ signedOut }) => signedOut },
  { name: 'wrong user', paint: 'url(#wrong)', read: ({ wrongUser }) => wrongUser },
];

export const USERS: readonly Layer[] = [
  { name: 'signed in', paint: 'url(#signed-in)', read: ({ users }) => users.signedIn },
  { name: 'not known', paint: 'url(#unknown)', read: ({ users }) => users.unknown },
  { name: 'signed out', paint: 'url(#signed-out)', read: ({ users }) => users.signedOut },
  { name: 'wrongly signed in', paint: 'url(#wrong)', read: ({ users }) => users.wronglySignedIn },
];

const WIDTH = 340;
const HEIGHT = 104;
/** For the labels of the time axis, below the last panel. */
const LABELS = 16;
const FRAME = { width: WIDTH, marginLeft: 42, marginRight: 28, marginTop: 18, marginBottom: 6 };

/** The same for all sides of a scenario, so that they can be compared. */
export interface TimeScales {
  readonly seconds: number;
  readonly answersPerSecond: number;
  readonly users: number;
  readonly latency: readonly [number, number];
}

export function createTimeScales(parts: readonly PartSummary[]): TimeScales {
  const bins = parts.flatMap((part) => part.bins.map((bin) => ({ bin, perSecond: 1_000 / measureBinMs(part) })));
  const addUp = (layers: readonly Layer[], bin: Bin) => layers.reduce((sum, layer) => sum + layer.read(bin), 0);
  return {
    seconds: Math.max(...parts.map(findEndMs)) / 1_000,
    answersPerSecond: Math.max(1, ...bins.map(({ bin, perSecond }) => addUp(ANSWERS, bin) * perSecond)),
    users: Math.max(1, ...bins.map(({ bin }) => addUp(USERS, bin))),
    latency: fitLogDomain(bins.flatMap(({ bin }) => [bin.p50, bin.p99])),
  };
}

/** Three `<svg>` elements, one below the other. */
export function drawTimeCharts(part: PartSummary, name: string, scales: TimeScales): string[] {
  const x = { domain: [0, scales.seconds], axis: null };
  const drawPanel = (title: string, y: object, marks: Markish[], more: object = {}) =>
    toSvg({
      ...FRAME,
      height: HEIGHT,
      label: `${title} over time, ${name}`,
      x,
      y: { ...y, axis: null },
      marks,
      ...more,
    });
  const answers = drawPanel('Answers per second', { domain: [0, scales.answersPerSecond] }, [
    ...drawStack(part, ANSWERS, 1_000 / measureBinMs(part)),
    ...drawWrongSigns(part, ({ wrongUser }) => wrongUser),
    ...drawFaults(part, true),
    ...drawFrame('answers per second', listTicks(scales.answersPerSecond), formatShort),
  ]);
  const latency = drawPanel('Latency p50 and p99', { type: 'log', domain: [...scales.latency] }, [
    gridY(listLogTicks(scales.latency), { strokeOpacity: 0.15 }),
    ...drawFaults(part, false),
    ...drawLatency(part, 'p50', '3 2'),
    ...drawLatency(part, 'p99', 'none'),
    ...drawFrame('latency', listLogTicks(scales.latency), formatShortMs),
  ]);
  const users = [
    ...drawStack(part, USERS, 1),
    ...drawWrongSigns(part, (bin) => bin.users.wronglySignedIn),
    ...drawFaults(part, false),
    ...drawFrame('users', listTicks(scales.users), formatShort),
    drawLabelsX(listTicks(scales.seconds), (seconds) => `${seconds} s`),
  ];
  const room = { height: HEIGHT + LABELS, marginBottom: FRAME.marginBottom + LABELS };
  return [answers, latency, drawPanel('Users by what they last saw', { domain: [0, scales.users] }, users, room)];
}

function drawStack(part: PartSummary, layers: readonly Layer[], factor: number): Markish[] {
  // Bins are steps; the last one is drawn to its end.
  const seen = layers.filter((layer) => part.bins.some((bin) => layer.read(bin) > 0));
  const rows = seen.flatMap((layer) =>
    listSteps(part).map(({ at, bin }) => ({
      seconds: at / 1_000,
      value: layer.read(bin) * factor,
      paint: layer.paint,
    })),
  );
  const order = seen.map(({ paint }) => paint);
  return [areaY(rows, { x: 'seconds', y: 'value', z: 'paint', fill: 'paint', order, curve: 'step-after' })];
}

/** One wrong user among thousands is too thin a layer to see, and the worst outcome: it gets a sign at the top. */
function drawWrongSigns(part: PartSummary, read: (bin: Bin) => number): Markish[] {
  const rows = part.bins
    .filter((bin) => read(bin) > 0)
    .map(({ at }) => ({ seconds: (at + measureBinMs(part) / 2) / 1_000 }));
  const look = { symbol: 'triangle2', fill: 'var(--wrong-fill)', stroke: 'var(--card)', r: 3.5 } as const;
  return [dot(rows, { x: 'seconds', frameAnchor: 'top', dy: -2, ...look })];
}

function drawLatency(part: PartSummary, key: 'p50' | 'p99', dash: string): Markish[] {
  const rows = part.bins.map((bin) => ({ seconds: bin.at / 1_000, value: bin[key] }));
  const last = rows.findLast(({ value }) => value !== null);
  const stroke = 'var(--ink)';
  return [
    lineY(rows, { x: 'seconds', y: 'value', stroke, strokeWidth: key === 'p99' ? 1.6 : 1.2, strokeDasharray: dash }),
    text(last === undefined ? [] : [last], {
      x: 'seconds',
      y: 'value',
      text: () => key,
      textAnchor: 'start',
      // Apart also where both lines end at the same point.
      dy: key === 'p99' ? -5 : 5,
      dx: 4 + (measureBinMs(part) / findEndMs(part)) * (WIDTH - FRAME.marginLeft - FRAME.marginRight),
    }),
  ];
}

/** A band for its duration, a line where it began, and its number in the first panel, as in the list below. */
function drawFaults(part: PartSummary, numbered: boolean): Markish[] {
  const rows = sortMarks(part).map(({ at, until, text: what }, index) => ({
    from: at / 1_000,
    until: (until ?? at) / 1_000,
    number: String(index + 1),
    what,
  }));
  const lasting = rows.filter(({ from, until }) => until > from);
  const style = { fill: 'var(--mark)', stroke: 'var(--card)', strokeWidth: 4, fontWeight: 700, fontSize: 12, dx: 7 };
  // On two levels, so that the numbers of a fault and of its end, which are close, do not overlap.
  const drawNumbers = (level: number) =>
    text(
      rows.filter((_, index) => index % 2 === level),
      { x: 'from', text: 'number', title: 'what', frameAnchor: 'top', dy: 4 + 14 * level, ...style },
    );
  return [
    rectX(lasting, { x1: 'from', x2: 'until', fill: 'var(--mark)', fillOpacity: 0.14 }),
    ruleX(rows, { x: 'from', stroke: 'var(--mark)', strokeWidth: 1.5, strokeDasharray: '2 2' }),
    ...(numbered ? [0, 1].map(drawNumbers) : []),
  ];
}

function drawFrame(title: string, ticks: readonly number[], format: (tick: number) => string): Markish[] {
  return [
    ruleY(
      ticks.slice(0, 1).filter((tick) => tick === 0),
      { stroke: 'var(--ink)', strokeOpacity: 0.5 },
    ),
    drawLabelsY(ticks, format),
    text([title], { frameAnchor: 'top-left', dy: -15, fontWeight: 600, fill: 'var(--muted)' }),
  ];
}

/** Few round ticks, because the panels are low. */
function listTicks(most: number): number[] {
  const step = 10 ** Math.floor(Math.log10(most));
  const unit = [5, 2, 1, 0.5, 0.2].map((factor) => factor * step).find((one) => most / one >= 2) ?? step;
  return Array.from({ length: Math.floor(most / unit + 1e-9) + 1 }, (_, index) => index * unit);
}

/** By their beginning: a mark is recorded when its fault is over. */
export const sortMarks = ({ marks }: PartSummary): Mark[] => [...marks].sort((one, other) => one.at - other.at);

const measureBinMs = ({ bins }: PartSummary): number => (bins[1]?.at ?? 1_000) - (bins[0]?.at ?? 0);
const findEndMs = (part: PartSummary): number => Math.max(1, (part.bins.at(-1)?.at ?? 0) + measureBinMs(part));

function listSteps(part: PartSummary): { at: number; bin: Bin }[] {
  const last = part.bins.at(-1);
  const steps = part.bins.map((bin) => ({ at: bin.at, bin }));
  return last === undefined ? steps : [...steps, { at: findEndMs(part), bin: last }];
}
