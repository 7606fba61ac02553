// The cost of a failover in words, for cells and tables.

import { formatCount, formatMs } from '../common/format.ts';
import type { Failover, PartSummary } from '../contracts/report.ts';

/** So many right answers in the end show that requests go well again. */
const ENOUGH = 10;

export const hasRecovered = ({ rightAfter }: Failover['reads']): boolean => rightAfter >= ENOUGH;

/** "21 of 240 sign-ins lost, 18 of 230 sign-outs undone" */
export function describeLosses({ signIns, signOuts }: Failover): string {
  const [ins, outs] = [describeLost(signIns), describeLost(signOuts)];
  const texts = [
    ...(signIns.lost === 0 ? [] : [`${ins} sign-ins lost`]),
    ...(signOuts.lost === 0 ? [] : [`${outs} sign-outs undone`]),
  ];
  return texts.length === 0 ? 'no sign-in lost, no sign-out undone' : texts.join(', ');
}

const describeLost = ({ count, lost }: Failover['signIns']): string => `${formatCount(lost)} of ${formatCount(count)}`;

/** "sign-ins and sign-outs failed for 1.9 s, reads for 1.8 s" */
export function describeFailures({ reads, writes }: Failover): string {
  if (reads.count + writes.count === 0) return 'no request failed';
  if (reads.count === 0) return `sign-ins and sign-outs failed ${describeDuration(writes)}, reads never`;
  if (writes.count === 0) return `reads failed ${describeDuration(reads)}, sign-ins and sign-outs never`;
  return `sign-ins and sign-outs failed ${describeDuration(writes)}, reads ${describeDuration(reads)}`;
}

/** ", 34 of 100 users affected", or nothing */
export const describeAffected = ({ users }: Failover): string =>
  users.failed === 0 ? '' : `, ${formatCount(users.failed)} of ${formatCount(users.asked)} users affected`;

/** "requests failed for at most 1.9 s"; failures that did not end are left out. */
export function describeLongest(parts: readonly PartSummary[]): string {
  const ended = parts.flatMap(({ failover }) => [failover?.reads, failover?.writes].filter((one) => one !== undefined));
  const lengths = ended.filter(hasRecovered).map(({ firstMs, lastMs }) => (lastMs ?? 0) - (firstMs ?? 0));
  const longest = Math.max(0, ...lengths);
  return longest === 0 ? 'no request failed' : `requests failed for at most ${formatMs(longest)}`;
}

function describeDuration(failures: Failover['reads']): string {
  const { firstMs, lastMs } = failures;
  return hasRecovered(failures) ? `for ${formatMs((lastMs ?? 0) - (firstMs ?? 0))}` : 'until the end';
}

/** "at most 21 of 240 sign-ins lost, acknowledged 0.2 to 1.1 s after it began" */
export function describeWorst(parts: readonly PartSummary[]): string {
  const all = parts.flatMap(({ failover }) => failover ?? []);
  const countLost = ({ signIns, signOuts }: Failover) => signIns.lost + signOuts.lost;
  const [worst] = all.toSorted((one, other) => countLost(other) - countLost(one));
  if (worst === undefined) return 'not measured';
  if (countLost(worst) === 0) return describeLosses(worst);
  const lost = [worst.signIns, worst.signOuts].filter((acknowledged) => acknowledged.lost > 0);
  const from = Math.min(...lost.map(({ firstLostMs }) => firstLostMs ?? 0));
  const until = Math.max(...lost.map(({ lastLostMs }) => lastLostMs ?? 0));
  return `at most ${describeLosses(worst)}, acknowledged ${formatRange(from, until)} after it began`;
}

/** "21 of 240, at 0.2 to 1.1 s": when they were acknowledged; negative times are before the failover. */
export function formatLost(acknowledged: Failover['signIns']): string {
  const { lost, firstLostMs, lastLostMs } = acknowledged;
  if (lost === 0) return describeLost(acknowledged);
  return `${describeLost(acknowledged)}, at ${formatRange(firstLostMs, lastLostMs)}`;
}

/** "37, at 0.1 to 1.9 s" */
export function formatFailures(failures: Failover['reads']): string {
  const { count, firstMs, lastMs } = failures;
  if (count === 0) return '0';
  return `${formatCount(count)}, at ${formatRange(firstMs, hasRecovered(failures) ? lastMs : null)}`;
}

/** Seconds, without their unit. */
const formatTime = (ms: number): string => `${ms <= -5 ? '−' : ''}${(Math.abs(ms) / 1_000).toFixed(2)}`;

const formatRange = (fromMs: number | null, untilMs: number | null): string =>
  untilMs === null
    ? `${formatTime(fromMs ?? 0)} s until the end`
    : `${formatTime(fromMs ?? 0)} to ${formatTime(untilMs)} s`;
