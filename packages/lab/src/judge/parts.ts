// What several judges read from the summary of a part, in numbers and in words.

import { formatCount, formatMs, formatPlural } from '../common/format.ts';
import type { Outcomes, PartSummary, Percentiles, Verdict } from '../contracts/report.ts';

export function findPart(parts: readonly PartSummary[], side: string, scenario: string): PartSummary | undefined {
  return parts.find((part) => part.side === side && part.scenario === scenario);
}

export const namePart = ({ side, scenario }: PartSummary): string => `${side}, ${scenario}`;

/** Answers which say that something failed. A timeout is not one: its outcome is unknown. */
const countFailures = ({ outcomes }: PartSummary): number =>
  outcomes.connectionRefused + outcomes.connectionBroken + outcomes.serverError + outcomes.otherStatus;

/** Failures and timeouts. */
export const countErrors = (part: PartSummary): number => countFailures(part) + part.outcomes.timedOut;

export const countAsked = ({ outcomes }: PartSummary): number =>
  Object.values(outcomes).reduce((sum, count) => sum + count, 0);

/** "no request failed", "1 request failed", "3 requests failed, 2 got no answer in time" */
export function describeFailures(part: PartSummary): string {
  const [failures, timeouts] = [countFailures(part), part.outcomes.timedOut];
  const failed = `${formatPlural(failures, 'request')} failed`;
  if (failures + timeouts === 0) return 'no request failed';
  if (timeouts === 0) return failed;
  const noAnswer = 'got no answer in time';
  return failures === 0
    ? `${formatPlural(timeouts, 'request')} ${noAnswer}`
    : `${failed}, ${formatCount(timeouts)} ${noAnswer}`;
}

/** "; 1 request failed", or nothing when none did. */
export const describeAnyFailures = (part: PartSummary): string =>
  countErrors(part) === 0 ? '' : `; ${describeFailures(part)}`;

/** "all stay signed in", "312 of 1,000 users signed out" */
export const describeLost = ({ lost, signIns }: PartSummary): string =>
  lost.count === 0 ? 'all stay signed in' : `${formatCount(lost.count)} of ${formatCount(signIns)} users signed out`;

/** "p50 0.6 ms, p99 1.4 ms" */
export const describeLatency = ({ p50, p99 }: Percentiles): string =>
  `p50 ${formatMs(p50)}, ${p99 === null ? 'too few answers for p99' : `p99 ${formatMs(p99)}`}`;

/** Where no request may fail. With timeouts it is not known whether one did. */
export function judgeFailures(part: PartSummary, keepsPromise: boolean): Verdict {
  if (part.outcomes.ok === 0) return 'unknown';
  if (!keepsPromise || countFailures(part) > 0) return 'broken';
  return part.outcomes.timedOut > 0 ? 'unknown' : 'holds';
}

/** The servers of a target that answered. */
export function describeServers(parts: readonly PartSummary[]): string {
  const answers = new Map<string, number>();
  for (const { name, answered } of parts.flatMap(({ servers }) => servers))
    if (answered > 0) answers.set(name, (answers.get(name) ?? 0) + answered);
  if (answers.size === 0) return 'No answer named its server (x-served-by).';
  const list = [...answers].map(([name, answered]) => `${name} ${formatCount(answered)}`).join(', ');
  return `${formatPlural(answers.size, 'server')} answered (x-served-by): ${list}.`;
}

/** What to check where sessions in memory get lost, or outlive their sign-out, although no server ended. */
export function adviseAffinity(parts: readonly PartSummary[]): string[] {
  const scattered = parts.some(
    ({ side, outcomes, lost }) =>
      side.startsWith('memory') &&
      (outcomes.acceptedAfterSignOut > 0 || lost.named.some(({ cause }) => cause === null)),
  );
  if (!scattered) return [];
  return [
    'Users were signed out, or could not sign out, although no server ended: their requests reach servers that do not ' +
      'have the session. Sessions in memory need affinity at the gateway (GATEWAY_AFFINITY=cookie).',
  ];
}

/** Counts of requests. A user who is signed out may get several 401s. */
const OUTCOMES: Readonly<Record<keyof Outcomes, string>> = {
  ok: 'right',
  signedOut: '401 to a signed-in user',
  wrongUser: 'answered as another user',
  acceptedAfterSignOut: 'accepted after a sign-out',
  refused: '401 after a sign-out',
  connectionRefused: 'connection refused',
  connectionBroken: 'connection broken',
  timedOut: 'timed out',
  serverError: '5xx',
  otherStatus: 'another status',
  dropped: 'not sent',
};

/** Status codes, servers and faults: `kill -9 a (pid 4711, signal SIGKILL)`. */
export function listEvidence(part: PartSummary): string[] {
  const outcomes = Object.entries(OUTCOMES).flatMap(([name, text]): [string, number][] => {
    const count = part.outcomes[name as keyof Outcomes];
    return count === 0 ? [] : [[text, count]];
  });
  const servers = part.servers.filter(({ answered }) => answered > 0);
  const list = (counts: readonly (readonly [string, number])[]) =>
    counts.map(([name, count]) => `${name} ${formatCount(count)}`).join(', ');
  return [
    ...(outcomes.length === 0 ? [] : [`requests: ${list(outcomes)}`]),
    ...(servers.length === 0 ? [] : [`served by ${list(servers.map(({ name, answered }) => [name, answered]))}`]),
    ...part.marks.map(({ text, proof }) => {
      const facts = Object.entries(proof).map(([name, value]) => `${name} ${value}`);
      return facts.length === 0 ? text : `${text} (${facts.join(', ')})`;
    }),
  ];
}
