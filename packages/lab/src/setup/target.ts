// --target: an API that runs elsewhere. Its kind is found out before anything begins; where it keeps sessions cannot be
// seen from outside, so the user must say so.
//
//   --target ──> GET /health ──> GET /.well-known/jwks.json (tokens) ── GET /auth/sessions (sessions) ──> one side

import { formatCommand } from '@statecraft/infra-dev';
import { createMachineError, createUsageError, type LabError } from '../common/errors.ts';
import { formatCount, formatPlural } from '../common/format.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { ExperimentOptions } from '../contracts/plan.ts';
import type { Side } from '../contracts/report.ts';
import { type Answer, runWithSenders, type Sender } from '../load/sender.ts';
import { findSide, type SideSpec } from './sides.ts';

const TIMEOUT_MS = 5_000;

type TargetSide = Awaited<ReturnType<typeof detectSide>>;

/**
 * The side to measure there, and how its mode is known. @throws LabError (3) without an answer; (64) for another API or
 * mode.
 */
export async function detectSide(
  { modes, insecure }: Pick<ExperimentOptions, 'modes' | 'insecure'>,
  target: string,
  sides: readonly Side[],
) {
  const api = await detectApi(target, insecure);
  if (modes !== undefined && modes.length !== 1) throw createUsageError('A target has one mode: give --mode once.');
  const [asked] = modes ?? [];
  const known = sides.map(({ id }) => findSide(id));
  const side = asked === undefined ? pickOnlySide(api, known) : findSide(asked);
  if (side === undefined) {
    const names = known.filter((one) => one.api === 'stateful').map(({ id }) => id);
    throw createUsageError(
      `${target} keeps sessions; where it keeps them cannot be seen from outside. Name it: --mode ${names.join(' | ')}`,
    );
  }
  if (side.api !== api) throw createUsageError(`${target} is a ${api} API, so its mode is not ${side.id}.`);
  return {
    id: side.id,
    how: asked === undefined ? 'found out by requests' : 'as --mode says; the target does not tell',
  };
}

/** Tokens have one side, sessions several. */
const pickOnlySide = (api: SideSpec['api'], known: readonly SideSpec[]): SideSpec | undefined =>
  api === 'stateless' ? known.find((one) => one.api === api) : undefined;

function detectApi(target: string, insecure: boolean): Promise<SideSpec['api']> {
  return runWithSenders([target], { timeoutMs: TIMEOUT_MS, connections: 1, insecure }, async ([sender]) => {
    const get = (path: string) => (sender as Sender).send({ method: 'GET', path, headers: {} });
    const health = await get('/health');
    if (health.status === undefined) throw createTargetError(target, health);
    if (health.status === 200 && /"status":"ok"/.test(health.body)) {
      const keys = await get('/.well-known/jwks.json');
      if (keys.status === 200 && /"keys":\[/.test(keys.body)) return 'stateless';
      const sessions = await get('/auth/sessions');
      if (sessions.status === 401 && /"code":"ERR_/.test(sessions.body)) return 'stateful';
    }
    throw createUsageError(
      `${target} is no Statecraft API: GET ${target}/health is answered with ${health.status}. ` +
        'Behind a gateway the URL needs the prefix: --target http://localhost:8080/api/stateful',
    );
  });
}

function createTargetError(target: string, { body, failure }: Answer): LabError {
  if (/certificate|altname|self.signed/i.test(body)) return createCertificateError(target, body);
  const gateway = formatCommand('gateway', ['--redis', '--stateful', '3']);
  const advice = `To check it: curl -i ${target}/health. To start a gateway on this machine: ${gateway}`;
  return createMachineError(`${target} does not answer (${failure}: ${body}). ${advice}`);
}

function createCertificateError(target: string, why: string): LabError {
  // Node adds advice of its own after a semicolon.
  const [reason = why] = why.split(';');
  const anyway = 'accept any certificate, on a network that you trust: --insecure';
  // No authority helps against a wrong date or name.
  const ways = /altname|expired|not yet valid/i.test(why)
    ? `Give it a certificate that is valid for this name and today, or ${anyway}.`
    : `Trust it: NODE_EXTRA_CA_CERTS=<the certificate or its authority, PEM> before the command; or ${anyway}.`;
  return createMachineError(`The certificate of ${target} is not trusted here (${reason}). ${ways}`);
}

/** The notes of a run at a target, in place of those of a run that starts its own servers. */
export function describeTarget({ remote }: Experiment, options: ExperimentOptions, { id, how }: TargetSide): string[] {
  const requests = formatCount(remote?.requests(options));
  return [
    `Measured: ${options.target}, mode ${id} (${how}). Its machine is unknown: the environment below is that of the generator.`,
    `Planned: ${requests} requests of ${formatPlural(options.users, 'user')}, who sign in first. The accounts lab-… that are registered for them stay.`,
    ...(options.insecure
      ? ['Any certificate was accepted (--insecure): the identity of the server was not checked.']
      : []),
    'Load only what is yours: the lab limits neither rate nor count.',
    'The seed fixes the plan, not the timing of the operating system.',
  ];
}
