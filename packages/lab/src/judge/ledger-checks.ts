// What must hold in every experiment: the checks of the ledger, and whether the generator is believable.

import { formatCount, formatMs, formatPercent, formatPlural } from '../common/format.ts';
import type { Check, PartSummary, Verdict } from '../contracts/report.ts';
import { namePart } from './parts.ts';

export function checkLedger(parts: readonly PartSummary[]): Check[] {
  return [checkIdentity(parts), checkCauses(parts), checkSignOuts(parts), ...checkLastAnswers(parts)];
}

/** Broken, or unknown, when there is a complaint; otherwise it holds, with `praise`. */
function createCheck(id: string, text: string, complaints: readonly string[], praise: string): Check {
  const outcome = complaints.length === 0 ? 'holds' : 'broken';
  return { id, text, kind: 'ledger', outcome, detail: complaints.length === 0 ? praise : complaints.join('; ') };
}

function checkIdentity(parts: readonly PartSummary[]): Check {
  const wrong = parts.filter((part) => part.outcomes.wrongUser > 0);
  const answers = parts.reduce((sum, { outcomes }) => sum + outcomes.ok + outcomes.acceptedAfterSignOut, 0);
  return createCheck(
    'nobody-else',
    'no user is signed in as another user',
    wrong.map((part) => `${namePart(part)}: ${part.outcomes.wrongUser} answers named another user`),
    `${formatCount(answers)} answers named the user who asked`,
  );
}

const SHOWN = 3;

function checkCauses(parts: readonly PartSummary[]): Check {
  const unexplained = parts.flatMap((part) =>
    part.lost.named
      .filter(({ cause }) => cause === null)
      .map(({ user, at }) => `${namePart(part)}: ${user} at ${Math.round(at)} ms`),
  );
  const lost = parts.reduce((sum, part) => sum + part.lost.count, 0);
  const examples = unexplained.slice(0, SHOWN).join('; ');
  return createCheck(
    'named-causes',
    'no user is signed out without a known cause',
    unexplained.length === 0 ? [] : [`${unexplained.length} without a cause, such as ${examples}`],
    `${formatPlural(lost, 'user')} signed out, each with a cause`,
  );
}

/** A signed token works until it expires, by design. What the peer's sessions do, the experiment itself says. */
const NO_PROMISE = /^(jwt|fastify-session)/;

function checkSignOuts(parts: readonly PartSummary[]): Check {
  const ended = parts.filter((part) => !NO_PROMISE.test(part.side) && part.signOuts > 0);
  const undone = ended.filter(({ outcomes, exposure }) => {
    const isExplained = exposure?.excused !== undefined && exposure.excused === exposure.accepted;
    return outcomes.acceptedAfterSignOut > 0 && !isExplained;
  });
  const excused = ended.reduce((sum, { exposure }) => sum + (exposure?.excused ?? 0), 0);
  const signOuts = ended.reduce((sum, part) => sum + part.signOuts, 0);
  return createCheck(
    'sign-outs-stand',
    'no acknowledged sign-out of a session is undone without a known cause',
    undone.map((part) => `${namePart(part)}: ${part.outcomes.acceptedAfterSignOut} uses accepted afterwards`),
    signOuts === 0
      ? 'no session was signed out here'
      : `${formatPlural(signOuts, 'sign-out')}, ${describeExcused(excused)}`,
  );
}

const describeExcused = (excused: number): string =>
  excused === 0 ? 'no use accepted afterwards' : `${formatCount(excused)} used afterwards, each with its cause`;

/** A user whose last request got no answer may be signed in or not: then it is unknown whether users were lost. */
function checkLastAnswers(parts: readonly PartSummary[]): Check[] {
  const last = parts.flatMap((part) => part.bins.slice(-1).map(({ users }) => ({ part, users })));
  if (last.length === 0) return [];
  const open = last.filter(({ users }) => users.unknown > 0);
  const check = createCheck(
    'everybody-known',
    'the last request of every user was answered',
    open.map(({ part, users }) => `${namePart(part)}: ${users.unknown} users got no answer`),
    'no last request is without an answer',
  );
  return [open.length === 0 ? check : { ...check, outcome: 'unknown' }];
}

export function checkGenerator(parts: readonly PartSummary[], boundMs: number): Check[] {
  const loaded = parts.filter((part) => part.generator.latenessP99 !== null && part.rate.planned > 0);
  if (loaded.length === 0) return [];
  const late = loaded.filter((part) => !part.generator.believable);
  const lateness = Math.max(...loaded.map((part) => part.generator.latenessP99 ?? 0));
  const cpu = Math.max(...loaded.map((part) => part.generator.cpu));
  const dropped = loaded.reduce((sum, part) => sum + part.generator.dropped, 0);
  const figures =
    `lateness p99 at most ${formatMs(lateness)} (bound ${boundMs} ms), ` +
    `CPU at most ${formatPercent(cpu)} of a core, ${dropped} starts dropped`;
  return [
    {
      id: 'generator',
      text: 'the generator kept its schedule',
      kind: 'generator',
      outcome: late.length === 0 ? 'holds' : 'unknown',
      detail: late.length === 0 ? figures : `${figures}; too late in ${late.map(namePart).join(', ')}`,
    },
  ];
}

/**
 * What a sign-in, a sign-out or a swap of users showed stays true however late the generator was; every other result of
 * a late generator is unknown. Then: broken when anything is broken, unknown when anything is unknown or nothing was
 * measured.
 */
export function decideVerdict(
  cells: readonly { readonly outcome: Verdict | null }[],
  checks: readonly Pick<Check, 'kind' | 'outcome'>[],
): Verdict {
  const definite = checks.filter(({ kind }) => kind === 'ledger' || kind === 'control');
  if (definite.some(({ outcome }) => outcome === 'broken')) return 'broken';
  if (checks.some(({ kind, outcome }) => kind === 'generator' && outcome !== 'holds')) return 'unknown';
  const measured = [...cells, ...checks].map(({ outcome }) => outcome).filter((outcome) => outcome !== null);
  if (measured.includes('broken')) return 'broken';
  return measured.includes('unknown') || measured.length === 0 ? 'unknown' : 'holds';
}
