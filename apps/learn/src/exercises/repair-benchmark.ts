// 8. Repair a benchmark that lies. The server is simulated on a clock of its own, so that the truth is known exactly.

import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';

interface Tools {
  /** Sends a request. Resolves when it is answered; rejects after 1,000 ms without an answer. */
  send(): Promise<void>;
  now(): number;
  sleep(ms: number): Promise<void>;
}

interface Result {
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

type Measure = (tools: Tools) => Promise<Result>;

const READ = 'docs/course/4-load.md';
const WARM_UP_MS = 1_000;
const MEASURED_MS = 5_000;
const EVERY_MS = 10;
const TIMEOUT_MS = 1_000;

export const repairBenchmark: Exercise = {
  name: '08-repair-a-benchmark',
  title: 'Repair a benchmark that lies',
  minutes: 60,
  hints: [
    'The server hangs for half a second. How many requests does your benchmark send meanwhile, and how many would users send?',
    'Send on a timetable, whether or not the last answer has come. A request that got no answer took 1,000 ms, at least.',
    'Collect every time in one list, sort it once, and read p50 and p99 from it. Leave out what was sent in the first second.',
  ],
  learned:
    'An open loop, one list of times, failures included, the cold start left out: then a percentile means something.',

  async check(folder) {
    const { measure } = await loadFunctions<{ measure: Measure }>(folder, 'measure.ts', ['measure']);
    const truth = findTruth();
    const { result, sent } = await simulate(measure);
    checkTimetable(sent, truth);
    checkCount(
      'requests',
      result.requests,
      truth.requests,
      'Requests of the first second warm the server up: they are sent, and not counted.',
    );
    checkCount(
      'failed',
      result.failed,
      truth.failed,
      'A request without an answer is the worst one. Who drops it reports a better server than there is.',
    );
    checkTime('p50', result.p50, truth.p50, 'Half of the requests were answered within this time.');
    checkTime(
      'p99',
      result.p99,
      truth.p99,
      'One list of all times: the mean of several p99 is no percentile, and failures count with their 1,000 ms.',
    );
  },
};

/** How long the answer takes to a request that is sent at `at` ms; undefined: there is none. */
function findLatency(at: number): number | undefined {
  if (at < 800) return 120; // cold: nothing is compiled yet
  if (at >= 3_000 && at < 3_500) return 3_500 - at + 5; // hangs, and answers all of them at its end
  if (at >= 4_500 && at < 4_600) return undefined; // lost
  return 5;
}

/** What an open loop of a request every 10 ms finds, without the first second. */
function findTruth(): Result {
  const times: number[] = [];
  let failed = 0;
  for (let at = WARM_UP_MS; at < WARM_UP_MS + MEASURED_MS; at += EVERY_MS) {
    const latency = findLatency(at);
    if (latency === undefined) failed += 1;
    times.push(latency ?? TIMEOUT_MS);
  }
  times.sort((a, b) => a - b);
  const read = (share: number) => times[Math.ceil(share * times.length) - 1] ?? 0;
  return { requests: times.length, failed, p50: read(0.5), p99: read(0.99) };
}

/** Runs the benchmark on a clock that jumps to the next event as soon as nothing else is to be done. */
async function simulate(measure: Measure): Promise<{ result: Result; sent: readonly number[] }> {
  let time = 0;
  const events: { readonly at: number; readonly run: () => void }[] = [];
  const sent: number[] = [];
  const after = (ms: number, run: () => void) => void events.push({ at: time + Math.max(0, ms), run });

  const tools: Tools = {
    now: () => time,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    send() {
      sent.push(time);
      const latency = findLatency(time);
      return new Promise((resolve, reject) => {
        if (latency === undefined) after(TIMEOUT_MS, () => reject(new Error('no answer')));
        else after(latency, resolve);
      });
    },
  };

  let outcome: { result: Result } | { error: unknown } | undefined;
  // Also a function that is not async.
  (async () => measure(tools))().then(
    (result) => {
      outcome = { result };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  while (outcome === undefined) {
    // Lets everything run that waits for promises only.
    await new Promise((resolve) => setImmediate(resolve));
    const next = events.reduce<(typeof events)[number] | undefined>(
      (first, event) => (first && first.at <= event.at ? first : event),
      undefined,
    );
    if (next === undefined || next.at > 60_000) break;
    events.splice(events.indexOf(next), 1);
    time = next.at;
    next.run();
  }
  expectThat(outcome !== undefined && 'result' in outcome, {
    did: 'measure(tools)',
    saw:
      outcome === undefined
        ? 'it did not end within a minute of its own clock'
        : String((outcome as { error: unknown }).error),
    expected: 'a result: { requests, failed, p50, p99 }',
    why: 'A lost request must not end the benchmark. Use the tools’ sleep and now: no other clock moves here.',
    read: READ,
  });
  const { result } = outcome;
  expectThat(typeof result === 'object' && result !== null, {
    did: 'measure(tools)',
    saw: `it answered ${result}`,
    expected: 'a result: { requests, failed, p50, p99 }',
    why: 'The check compares these figures with what the server did.',
    read: 'exercises/08-repair-a-benchmark/README.md',
  });
  return { result, sent };
}

function checkTimetable(sent: readonly number[], truth: Result): void {
  const whileItHung = sent.filter((at) => at >= 3_000 && at < 3_500).length;
  expectThat(whileItHung >= 45, {
    did: 'measure(tools), while the server hung from 3,000 to 3,500 ms',
    saw: `${whileItHung} requests were sent`,
    expected: `50: one every ${EVERY_MS} ms, whether or not the last answer has come`,
    why: 'A closed loop waits for the server, and so does not see what its users would see (coordinated omission).',
    read: READ,
  });
  const inAll = sent.length;
  expectThat(inAll >= truth.requests, {
    did: 'measure(tools)',
    saw: `${inAll} requests in all`,
    expected: `${(WARM_UP_MS + MEASURED_MS) / EVERY_MS}: one every ${EVERY_MS} ms for ${(WARM_UP_MS + MEASURED_MS) / 1000} s`,
    why: 'The rate is what your users do. It does not depend on the server.',
    read: READ,
  });
}

function checkCount(name: 'requests' | 'failed', given: unknown, expected: number, why: string): void {
  expectThat(typeof given === 'number' && Math.abs(given - expected) <= 2, {
    did: `${name} of the result`,
    saw: String(given),
    expected: `${expected} (2 more or less)`,
    why,
    read: READ,
  });
}

function checkTime(name: 'p50' | 'p99', given: unknown, expected: number, why: string): void {
  expectThat(typeof given === 'number' && Math.abs(given - expected) <= Math.max(1, expected / 50), {
    did: `${name} of the result`,
    saw: `${given} ms`,
    expected: `${expected} ms (2 % more or less)`,
    why,
    read: READ,
  });
}
