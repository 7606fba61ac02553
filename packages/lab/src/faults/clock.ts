// The wall clock of one server is stepped: an operator sets it, NTP comes late, a virtual machine wakes up. The process and its
// monotonic clocks go on (stepped-clock-process.ts). The proof is the Date header of the server itself, before and after.

import { request } from 'undici';
import type { Part } from '../contracts/context.ts';
import type { MarkEvent } from '../contracts/events.ts';
import type { ServerProcess } from '../processes/server.ts';

export interface ClockStep {
  /** ms from the right time, whatever it was before; negative: behind; 0: right again. */
  readonly offsetMs: number;
  readonly text: string;
  /** The users that it may sign out. */
  readonly excuses?: MarkEvent['excuses'];
}

/** A Date header has whole seconds, and the request takes its time. */
const TOLERANCE_MS = 60_000;

/** @throws when the Date header of the server does not show the step: then there was no fault. */
export async function stepClock(part: Part, server: ServerProcess, { offsetMs, text, excuses }: ClockStep) {
  const before = await readDate(server);
  const at = part.now();
  await server.callPreload('stepped-clock', offsetMs);
  const after = await readDate(server);
  if (Math.abs(after.getTime() - Date.now() - offsetMs) > TOLERANCE_MS)
    throw new Error(`The clock of ${server.name} was not stepped: its Date header is ${after.toUTCString()}.`);
  part.mark({
    at,
    kind: offsetMs === 0 ? 'back' : 'clock-step',
    text,
    proof: { pid: server.pid, 'Date before': before.toISOString(), 'Date after': after.toISOString() },
    ...(excuses === undefined ? {} : { excuses }),
  });
}

async function readDate({ url }: ServerProcess): Promise<Date> {
  const { headers, body } = await request(`${url}/health`);
  await body.dump();
  return new Date(String(headers.date));
}
