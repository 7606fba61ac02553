// runs/<run>/: what a run was to be (plan.json), what happened (events.ndjson), what came of it (report.json). Everything
// in the report can be made again from the first two.

import { closeSync, createReadStream, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Event } from '../contracts/events.ts';
import type { Plan } from '../contracts/experiment.ts';
import type { Report } from '../contracts/report.ts';

export interface Journal {
  append(event: Event): void;
  /** Writes out what is still held, and closes the file. */
  close(): void;
}

/** Written when this many bytes are held: a write for each event would be felt by the generator. */
const HELD_BYTES = 256 * 1024;

export function openJournal(folder: string, plan: Plan): Journal {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, undefined, 2)}\n`);
  const file = openSync(join(folder, 'events.ndjson'), 'w');
  let held = '';
  const flush = () => {
    if (held !== '') writeSync(file, held);
    held = '';
  };
  return {
    append(event) {
      held += `${JSON.stringify(event)}\n`;
      if (held.length > HELD_BYTES) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

/** Times to the microsecond: what is judged now and what is judged from the file is the same to the last digit. */
export function rounded(event: Event): Event {
  const values = Object.entries(event).map(([name, value]) => [
    name,
    typeof value === 'number' ? roundToMicros(value) : value,
  ]);
  return Object.fromEntries(values);
}

const roundToMicros = (value: number) => (Number.isInteger(value) ? value : Math.round(value * 1000) / 1000);

export function writeReport(folder: string, report: Report): void {
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
}

export function readPlan(folder: string): Plan {
  return JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as Plan;
}

/** A last line that was cut off (the lab was killed) is left out. */
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
