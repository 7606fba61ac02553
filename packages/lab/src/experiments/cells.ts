// What several experiments' cells have in common.

import type { Cell, PartSummary, Scenario, Side, Verdict } from '../contracts/report.ts';

export const count = (value: number): string => value.toLocaleString('en');
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
export const millis = (ms: number): string => (ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`);
export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

export function findPart(parts: readonly PartSummary[], side: string, scenario: string): PartSummary | undefined {
  return parts.find((part) => part.side === side && part.scenario === scenario);
}

function notMeasured(scenario: string, side: string, text = 'not measured'): Cell {
  return { scenario, side, text, outcome: null, tone: 'neutral', evidence: [] };
}

/** A cell for each scenario × side; those without a part are "not measured". */
export function createCells(
  { scenarios, sides }: { readonly scenarios: readonly Scenario[]; readonly sides: readonly Side[] },
  parts: readonly PartSummary[],
  cellOf: (part: PartSummary) => Omit<Cell, 'scenario' | 'side'>,
): Cell[] {
  return scenarios.flatMap(({ id: scenario }) =>
    sides.map(({ id: side }) => {
      const part = findPart(parts, side, scenario);
      return part === undefined ? notMeasured(scenario, side) : { scenario, side, ...cellOf(part) };
    }),
  );
}

/** Requests that got no answer, or one that says that the system failed. */
export function countErrors({ outcomes }: PartSummary): number {
  return (
    outcomes.connectionRefused +
    outcomes.connectionBroken +
    outcomes.timedOut +
    outcomes.serverError +
    outcomes.otherStatus
  );
}

/** Answers that say that something failed. A timeout is none: nobody knows what became of it. */
function countFailures({ outcomes }: PartSummary): number {
  return outcomes.connectionRefused + outcomes.connectionBroken + outcomes.serverError + outcomes.otherStatus;
}

/** "no request failed", "1 request failed", "3 requests failed, 2 got no answer in time" */
export function describeFailures(part: PartSummary): string {
  const [failures, late] = [countFailures(part), part.outcomes.timedOut];
  const requests = (number: number) => `${count(number)} request${number === 1 ? '' : 's'}`;
  if (failures + late === 0) return 'no request failed';
  if (late === 0) return `${requests(failures)} failed`;
  const noAnswer = 'got no answer in time';
  return failures === 0 ? `${requests(late)} ${noAnswer}` : `${requests(failures)} failed, ${count(late)} ${noAnswer}`;
}

/** The same, where it is only said when there is something to say. */
export const describeFailuresToo = (part: PartSummary): string =>
  countErrors(part) === 0 ? '' : `; ${describeFailures(part)}`;

/** Where no request may fail. With timeouts it cannot be told whether one did. */
export function judgeFailures(part: PartSummary, kept: boolean): Verdict {
  if (part.outcomes.ok === 0) return 'unknown';
  if (!kept || countFailures(part) > 0) return 'broken';
  return part.outcomes.timedOut > 0 ? 'unknown' : 'holds';
}

export const countAsked = ({ outcomes }: PartSummary): number => Object.values(outcomes).reduce((sum, n) => sum + n, 0);

/** Where everything holds `good`, else by what is worst. */
export function createSentence(cells: readonly Cell[], good: string): string {
  const of = (outcome: Verdict) => cells.filter((cell) => cell.outcome === outcome);
  const list = (some: readonly Cell[]) => some.map((cell) => `${cell.side}, ${cell.scenario}: ${cell.text}`).join('; ');
  if (of('broken').length > 0) return `Not as promised: ${list(of('broken'))}.`;
  if (of('unknown').length > 0) return `It could not be told: ${list(of('unknown'))}.`;
  return of('holds').length === 0 ? 'Nothing was measured.' : good;
}

/** Of a target: how many servers were met, and which. */
export function describeServers(parts: readonly PartSummary[]): string {
  const answers = new Map<string, number>();
  for (const { name, answered } of parts.flatMap(({ servers }) => servers))
    if (answered > 0) answers.set(name, (answers.get(name) ?? 0) + answered);
  const list = [...answers].map(([name, answered]) => `${name} ${count(answered)}`).join(', ');
  const servers = `${answers.size} server${answers.size === 1 ? '' : 's'}`;
  return answers.size === 0
    ? 'No answer said who gave it (x-served-by).'
    : `${servers} answered (x-served-by): ${list}.`;
}

/** What to look at where sessions in memory get lost, or outlive their sign-out, and no server ended. */
export function adviseAffinity(parts: readonly PartSummary[]): string[] {
  const astray = parts.some(
    ({ side, outcomes, lost }) =>
      side.startsWith('memory') &&
      (outcomes.acceptedAfterSignOut > 0 || lost.named.some(({ cause }) => cause === null)),
  );
  if (!astray) return [];
  return [
    'Somebody was signed out, or could not sign out, while their server went on: such requests reach servers that do not ' +
      'know the session. Sessions in memory need affinity at the gateway (GATEWAY_AFFINITY=cookie).',
  ];
}

/** `kill pid 4711 SIGKILL` for each mark. */
export function listEvidence(part: PartSummary): string[] {
  const servers = part.servers
    .filter(({ answered }) => answered > 0)
    .map(({ name, answered }) => `${name} ${count(answered)}`);
  const outcomes = Object.entries(part.outcomes).filter(([, n]) => n > 0);
  return [
    ...(outcomes.length === 0 ? [] : [`answers: ${outcomes.map(([name, n]) => `${name} ${count(n)}`).join(', ')}`]),
    ...(servers.length === 0 ? [] : [`served by ${servers.join(', ')}`]),
    ...part.marks.map(({ text, proof }) => {
      const facts = Object.entries(proof).map(([name, value]) => `${name} ${value}`);
      return facts.length === 0 ? text : `${text} (${facts.join(', ')})`;
    }),
  ];
}
