// What must hold in every experiment, whatever it asks: the ledger's checks, and whether the generator can be believed.

import type { Check, PartSummary, Verdict } from '../contracts/report.ts';

export function checkLedger(parts: readonly PartSummary[]): Check[] {
  return [checkIdentity(parts), checkCauses(parts), checkSignOuts(parts), ...checkLastAnswers(parts)];
}

function checkIdentity(parts: readonly PartSummary[]): Check {
  const wrong = parts.filter((part) => part.outcomes.wrongUser > 0);
  const answers = parts.reduce((sum, { outcomes }) => sum + outcomes.ok + outcomes.acceptedAfterSignOut, 0);
  return {
    id: 'nobody-else',
    text: 'nobody is signed in as somebody else',
    kind: 'ledger',
    outcome: wrong.length > 0 ? 'broken' : 'holds',
    detail:
      wrong.length > 0
        ? wrong.map((part) => `${nameOf(part)}: ${part.outcomes.wrongUser} answers named another user`).join('; ')
        : `${answers.toLocaleString('en')} answers named the user who asked`,
  };
}

function checkCauses(parts: readonly PartSummary[]): Check {
  const nameless = parts.flatMap((part) =>
    part.lost.named
      .filter(({ cause }) => cause === null)
      .map(({ user, at }) => `${nameOf(part)}: ${user} at ${Math.round(at)} ms`),
  );
  const lost = parts.reduce((sum, part) => sum + part.lost.count, 0);
  return {
    id: 'named-causes',
    text: 'nobody is signed out without a cause that the experiment can name',
    kind: 'ledger',
    outcome: nameless.length === 0 ? 'holds' : 'broken',
    detail:
      nameless.length === 0
        ? `${lost.toLocaleString('en')} signed out, each with its cause`
        : `${nameless.length} without a cause, such as ${nameless.slice(0, 3).join('; ')}`,
  };
}

/** A signed token stays good until it expires, by design; of the peer's sessions the experiment itself says what it saw. */
const NO_PROMISE = /^(jwt|fastify-session)/;

function checkSignOuts(parts: readonly PartSummary[]): Check {
  const ended = parts.filter((part) => !NO_PROMISE.test(part.side) && part.signOuts > 0);
  const undone = ended.filter((part) => part.outcomes.acceptedAfterSignOut > 0);
  const signOuts = ended.reduce((sum, part) => sum + part.signOuts, 0);
  return {
    id: 'sign-outs-stand',
    text: 'no acknowledged sign-out of a session is undone',
    kind: 'ledger',
    outcome: undone.length > 0 ? 'broken' : 'holds',
    detail:
      undone.length > 0
        ? undone
            .map((part) => `${nameOf(part)}: ${part.outcomes.acceptedAfterSignOut} uses accepted afterwards`)
            .join('; ')
        : signOuts === 0
          ? 'no session was signed out here'
          : `${signOuts.toLocaleString('en')} sign-out${signOuts === 1 ? '' : 's'}, no use accepted afterwards`,
  };
}

/** Whoever got no answer to their last question may be signed in or not: that nobody was lost cannot be said then. */
function checkLastAnswers(parts: readonly PartSummary[]): Check[] {
  const last = parts.flatMap((part) => part.bins.slice(-1).map(({ users }) => ({ part, users })));
  if (last.length === 0) return [];
  const open = last.filter(({ users }) => users.unknown > 0);
  return [
    {
      id: 'everybody-known',
      text: 'everybody was told in the end whether they are signed in',
      kind: 'ledger',
      outcome: open.length === 0 ? 'holds' : 'unknown',
      detail:
        open.length === 0
          ? 'nobody’s last question went without an answer'
          : open.map(({ part, users }) => `${nameOf(part)}: ${users.unknown} users got none`).join('; '),
    },
  ];
}

export function checkGenerator(parts: readonly PartSummary[], boundMs: number): Check[] {
  const loaded = parts.filter((part) => part.generator.latenessP99 !== null && part.rate.planned > 0);
  if (loaded.length === 0) return [];
  const late = loaded.filter((part) => !part.generator.believable);
  const worst = Math.max(...loaded.map((part) => part.generator.latenessP99 ?? 0));
  const cpu = Math.max(...loaded.map((part) => part.generator.cpu));
  const dropped = loaded.reduce((sum, part) => sum + part.generator.dropped, 0);
  const figures = `lateness p99 at most ${worst.toFixed(1)} ms (bound ${boundMs} ms), CPU at most ${Math.round(cpu * 100)} % of a core, ${dropped} starts dropped`;
  return [
    {
      id: 'generator',
      text: 'the generator kept its schedule',
      kind: 'generator',
      outcome: late.length === 0 ? 'holds' : 'unknown',
      detail: late.length === 0 ? figures : `${figures}; too late in ${late.map(nameOf).join(', ')}`,
    },
  ];
}

const nameOf = (part: PartSummary): string => `${part.side}, ${part.scenario}`;

/**
 * What a sign-in, a sign-out or a swap did stays true however late the generator was; every other result of a late
 * generator is unknown. Then: broken when anything is broken, unknown when anything is unknown or nothing was measured.
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
