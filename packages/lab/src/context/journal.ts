// runs/<run>/: what a run was asked to do (plan.json), what happened (events.ndjson), the result (report.json).
// Everything in the report can be made again from the first two.

import { closeSync, createReadStream, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Event } from '../contracts/events.ts';
import type { RunPlan } from '../contracts/plan.ts';

/** Written when this many bytes are held: a write for each event would slow the generator down. */
const HELD_BYTES = 256 * 1024;

export function openJournal(folder: string, plan: RunPlan) {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeJson(folder, 'plan', plan);
  const file = openSync(join(folder, 'events.ndjson'), 'w');
  let held = '';
  const flush = () => {
    if (held !== '') writeSync(file, held);
    held = '';
  };
  return {
    append(event: Event): void {
      held += `${JSON.stringify(event, roundTimes)}\n`;
      if (held.length > HELD_BYTES) flush();
    },
    /** Writes what is still held, and closes the file. */
    close(): void {
      flush();
      closeSync(file);
    },
  };
}

export function writeJson(folder: string, name: 'plan' | 'report', value: object): void {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Times to the microsecond: more digits only make the file longer. */
const roundTimes = (_: string, value: unknown) =>
  typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;

export function readPlan(folder: string): RunPlan {
  return JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as RunPlan;
}

/** An incomplete last line (the lab was killed) is left out. */
export async function* readEvents(folder: string): AsyncGenerator<Event> {
  const lines = createInterface({ input: createReadStream(join(folder, 'events.ndjson')), crlfDelay: Infinity });
  for await (const line of lines) {
    try {
      yield JSON.parse(line) as Event;
    } catch {
      return;
    }
  }
}
