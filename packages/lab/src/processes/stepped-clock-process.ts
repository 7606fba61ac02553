// Loaded into the process of a server before its first line (node --import): a wall clock that the lab can step, as an
// operator or NTP would. Date moves, also the Date header of answers; monotonic clocks (performance, timers) do not, as
// in reality.
//
// libfaketime shifts what the system says. It is not on every machine, needs another build for each system, and moves
// the monotonic clocks, too, unless told otherwise. Setting the system's clock needs root and steps every process. The
// price of this way: what reads the time without Date (Node's own C++) does not move; no server here does.

import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';

const realNow = Date.now;
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now()] : args, newTarget) as Date,
  apply: (target) => new target(target.now()).toString(),
});

// Node writes the header with a Date that it took before this file was loaded.
subscribe('http.server.request.start', (message) => {
  const { response } = message as { response: ServerResponse };
  response.setHeader('date', new Date().toUTCString());
});

process.on('message', (next: number) => {
  offsetMs = next;
  process.send?.(Date.now());
});
// The channel alone does not keep a server that has drained.
process.channel?.unref();
