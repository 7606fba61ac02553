// All that was measured, as text on a terminal. It computes nothing.

import { goalsOf } from '../goals.ts';
import { growthRows, leftOut } from '../growth-rows.ts';
import type { AllResults } from '../results.ts';
import { SIGN_INS } from '../sections/sign-ins.ts';
import { SIDES } from '../sides.ts';
import { summarise } from '../summary.ts';
import { count, ms, share, whole } from './format.ts';
import { toTable } from './table.ts';

export function toText(results: AllResults): string {
  const { load, 'sign-ins': signIns } = results;
  const parts = [
    load ? toTable(summarise(SIDES, load.result)) : '',
    signIns ? `Sign-ins, apart from password hashing\n${toTable(summarise(SIGN_INS, signIns.result))}` : '',
    bytesLines(results),
    sweepLines(results),
    growthLines(results),
    goalLines(results),
  ];
  return `\n${parts.filter((part) => part !== '').join('\n')}`;
}

function bytesLines({ bytes }: AllResults): string {
  if (bytes === undefined) return '';
  const { json, heap, redis } = bytes.result;
  const line = (where: string) => (one: { title: string; perSession: number }) =>
    `  ${where}, ${one.title}: ${whole(one.perSession)}\n`;
  return `Bytes a session (its JSON: ${json})\n${heap.map(line('heap')).join('')}${redis.map(line('Redis')).join('')}`;
}

function sweepLines({ sweep }: AllResults): string {
  const lines = (sweep?.result ?? []).map(
    ({ sessions, maxMs, sweepingWallMs, idleWallMs }) =>
      `  ${whole(sessions)} sessions: a slice of ${ms(maxMs)} ms of processor time; by the wall clock ` +
      `${ms(sweepingWallMs)} ms, with nothing to sweep ${ms(idleWallMs)} ms\n`,
  );
  return lines.length === 0 ? '' : `Longest pause while sweeping\n${lines.join('')}`;
}

function growthLines(results: AllResults): string {
  const lines = growthRows(results).map(
    (row) =>
      `  ${row.store}, ${count(row.sessions)} of ${whole(row.bytes)} bytes: ${whole(row.perSecond)} requests/s, ` +
      `${share(row.share)} of bare, p99 ${ms(row.p99Ms)} ms\n`,
  );
  const missing = leftOut(results).map(
    (point) =>
      `  ${point.store}, ${count(point.sessions)} of ${whole(point.bytes)} bytes: left out, ${point.leftOut}\n`,
  );
  return lines.length === 0 ? '' : `As it grows\n${[...lines, ...missing].join('')}`;
}

function goalLines(results: AllResults): string {
  const lines = goalsOf(results).map(
    ({ title, wanted, reached, verdict }) => `  ${verdict.padEnd(13)}  ${title}: ${reached}, goal ${wanted}\n`,
  );
  return lines.length === 0 ? '' : `Goals\n${lines.join('')}`;
}
