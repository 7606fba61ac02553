// A server's load, slice by slice, each beside a slice of the same length on the bare route: whatever slows the machine for
// a second or more is in both. With what the servers' processes and Redis say of it.

import type { Bench } from './bench.ts';
import { merged, toText } from './histogram.ts';
import { generate } from './load/generate.ts';
import type { Load, LoadResult } from './load/load.ts';
import { type CommandCounts, commandsPerRequest } from './redis.ts';
import type { ServerProcess } from './server.ts';

export interface Slice {
  readonly requests: number;
  readonly seconds: number;
  /** Processor time of the server's process; absent where the system does not say. */
  readonly cpuMs?: number;
}

export interface Pair {
  readonly own: Slice;
  /** The bare route, just before or just after. */
  readonly bare: Slice;
}

export interface Measured {
  /** All that were taken, also those that are not believed (isSound). */
  readonly pairs: readonly Pair[];
  /** Times of all own answers (histogram.ts). */
  readonly histogram: string;
  /** Redis commands for each request, by name; those of a script count beside it. */
  readonly commands?: CommandCounts;
  /** Answers that were not 2xx. */
  readonly not2xx: number;
  /** Requests without a whole answer. */
  readonly errors: number;
}

/** A server that is full works all the time. Where it had its core for less, something else was in the way. */
const LEAST_BUSY = 0.85;

/** Whether both servers were the slowest part of their slice. Where the system does not say, it is believed. */
export const isSound = ({ own, bare }: Pair): boolean => [own, bare].every((slice) => busyOf(slice) >= LEAST_BUSY);

/** The share of the time in which the server's core worked for it. */
export const busyOf = ({ cpuMs, seconds }: Slice): number => (cpuMs === undefined ? 1 : cpuMs / 1000 / seconds);

/** One server and what it is asked. */
export interface Asked extends Pick<Load, 'each' | 'file'> {
  readonly server: ServerProcess;
  readonly path: string;
  readonly redis: boolean;
}

/** Both new. They warm up in turn, too: a server that rests before it is measured may not be the same afterwards. */
export async function compare(bench: Bench, own: Asked, bare: Asked): Promise<Measured> {
  const { warmUpSeconds, seconds, slices, connections } = bench.plan;
  const length = seconds / slices;
  let from = 0;
  let ownFirst = Math.random() < 0.5;
  const pair = async () => {
    const before = ownFirst ? undefined : await sliceOf(bench, bare, 0, length);
    const one = await sliceOf(bench, own, from, length);
    const after = before ?? (await sliceOf(bench, bare, 0, length));
    // Lines that were sent and not answered were shown, too.
    from += one.result.requests + connections;
    ownFirst = !ownFirst;
    return { ...one, pair: { own: one.slice, bare: after.slice } };
  };
  for (let warmth = 0; warmth < warmUpSeconds; warmth += length) await pair();
  const taken: Awaited<ReturnType<typeof pair>>[] = [];
  const sound = () => taken.filter((one) => isSound(one.pair)).length;
  // A slice that others got in the way of is taken again, so often as there were to be slices.
  while (taken.length < 2 * slices && sound() < slices) taken.push(await pair());
  const results = taken.map(({ result }) => result);
  const sum = (of: (result: LoadResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return {
    pairs: taken.map(({ pair }) => pair),
    histogram: toText(merged(results.map(({ histogram }) => histogram))),
    ...(own.redis && {
      commands: commandsPerRequest(
        taken.map(({ counts }) => counts),
        sum(({ requests }) => requests),
      ),
    }),
    not2xx: sum(({ not2xx }) => not2xx),
    errors: sum(({ errors }) => errors),
  };
}

async function sliceOf(bench: Bench, asked: Asked, from: number, seconds: number) {
  const redis = asked.redis ? bench.redis : undefined;
  await redis?.resetCounts();
  const before = asked.server.cpuMs();
  const result = await load(bench, asked, from, seconds);
  const after = asked.server.cpuMs();
  const cpu = before === undefined || after === undefined ? {} : { cpuMs: after - before };
  const counts = (await redis?.counts()) ?? {};
  return { result, counts, slice: { requests: result.requests, seconds: result.seconds, ...cpu } satisfies Slice };
}

function load({ generator, plan }: Bench, { server, each, file, path }: Asked, from: number, seconds: number) {
  return generate(generator, { url: server.url + path, each, file, from, seconds, connections: plan.connections });
}
