// One server's wall clock is stepped: an operator sets it, NTP comes late, a virtual machine wakes up. The process goes on,
// its monotonic clocks too (stepped-clock-process.ts). Asked by its own Date header before and after, as anybody could.

import { request } from 'undici';
import type { Part } from '../context/lab.ts';
import type { ServerProcess } from '../processes/server.ts';

type Mark = Parameters<Part['mark']>[0];

export interface ClockStep {
  /** ms from the right time, whatever it was before; negative: behind; 0: right again. */
  readonly offsetMs: number;
  readonly text: string;
  /** Whom it may sign out. */
  readonly excuses?: Mark['excuses'];
}

/** A Date header has whole seconds, and the question takes its time. */
const WITHIN_MS = 60_000;

/** @throws when the server's own Date header does not show the step: then there was no fault. */
export async function stepClock(part: Part, server: ServerProcess, { offsetMs, text, excuses }: ClockStep) {
  const before = await readDate(server);
  const at = part.now();
  await server.stepClock(offsetMs);
  const after = await readDate(server);
  if (Math.abs(after.getTime() - Date.now() - offsetMs) > WITHIN_MS)
    throw new Error(`${server.name} says that it is ${after.toUTCString()}: its clock was not stepped.`);
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
