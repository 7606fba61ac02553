// An API that runs elsewhere: --target. It is asked what it is before anything begins; of a session nobody can see from
// outside where it is kept, so that has to be said.
//
//   --target ──> GET /health ──> GET /.well-known/jwks.json (tokens) ── GET /auth/sessions (sessions) ──> one side

import { createMachineError, createUsageError } from '../common/errors.ts';
import type { Lab } from '../context/lab.ts';
import type { Experiment, ExperimentOptions } from '../contracts/experiment.ts';
import type { Side } from '../contracts/report.ts';
import { type Answer, createSender, type Sender, sendAndWait } from '../load/sender.ts';
import { findSide, type SideSpec } from './sides.ts';

const ANSWER_MS = 5_000;

type Asked = Pick<ExperimentOptions, 'modes' | 'insecure'>;

/** The side to measure there. @throws LabError (3) without an answer; (64) when it is no such API, or not of that mode. */
export async function detectSide({ modes, insecure }: Asked, target: string, sides: readonly Side[]) {
  const api = await detectApi(target, insecure);
  if (modes !== undefined && modes.length !== 1) throw createUsageError('A target is of one mode: give --mode once.');
  const [asked] = modes ?? [];
  const side =
    asked === undefined ? sides.map(({ id }) => findSide(id)).find((spec) => isToken(api, spec)) : findSide(asked);
  if (side === undefined) {
    const known = sides.map(({ id }) => id).filter((id) => findSide(id).api === 'stateful');
    throw createUsageError(
      `${target} keeps sessions; from outside it cannot be seen where. Say it: --mode ${known.join(' | ')}`,
    );
  }
  if (side.api !== api) throw createUsageError(`${target} is a ${api} API, so its mode is not ${side.id}.`);
  const how = asked === undefined ? 'found out by asking' : 'as --mode says; the target itself does not tell';
  return { id: side.id, how };
}

const isToken = (api: SideSpec['api'], spec: SideSpec) => api === 'stateless' && spec.api === 'stateless';

async function detectApi(target: string, insecure: boolean): Promise<SideSpec['api']> {
  const sender = createSender(target, { timeoutMs: ANSWER_MS, connections: 1, insecure });
  try {
    const health = await ask(sender, '/health');
    if (health.status === undefined) throw unreachable(target, health);
    if (health.status === 200 && /"status":"ok"/.test(health.body)) {
      const keys = await ask(sender, '/.well-known/jwks.json');
      if (keys.status === 200 && /"keys":\[/.test(keys.body)) return 'stateless';
      const sessions = await ask(sender, '/auth/sessions');
      if (sessions.status === 401 && /"code":"ERR_/.test(sessions.body)) return 'stateful';
    }
    throw createUsageError(
      `${target} is no Statecraft API: GET ${target}/health is answered with ${health.status}. ` +
        'Behind a gateway the prefix belongs to it: --target http://localhost:8080/api/stateful',
    );
  } finally {
    await sender.close();
  }
}

const ask = (sender: Sender, path: string) => sendAndWait(sender, { method: 'GET', path, headers: {} });

function unreachable(target: string, { body, failure }: Answer) {
  if (/certificate|altname|self.signed/i.test(body)) return untrusted(target, body);
  const advice = `To see whether it is there: curl -i ${target}/health. A gateway on this machine: npm run gateway -- --redis --stateful 3`;
  return createMachineError(`${target} gives no answer (${failure}: ${body}). ${advice}`);
}

function untrusted(target: string, why: string) {
  // Node adds advice of its own behind a semicolon.
  const [said = why] = why.split(';');
  const anyway = 'take whatever it shows, where nobody can be in between: --insecure';
  // No authority makes up for a date or a name that is wrong.
  const ways = /altname|expired|not yet valid/i.test(why)
    ? `Give it one that is good for that name and today, or ${anyway}.`
    : `Trust it: NODE_EXTRA_CA_CERTS=<that certificate or its authority, PEM> before the command; or ${anyway}.`;
  return createMachineError(`The certificate of ${target} is not trusted here (${said}). ${ways}`);
}

/** In place of those of a run that starts its own servers. */
export function describeTarget(
  experiment: Experiment<Lab>,
  options: ExperimentOptions,
  { id, how }: { readonly id: string; readonly how: string },
): string[] {
  if (options.target === undefined || experiment.remote === false) return [];
  const requests = experiment.remote.requests(options).toLocaleString('en');
  const users = `${options.users.toLocaleString('en')} user${options.users === 1 ? '' : 's'}`;
  return [
    `Measured: ${options.target}, mode ${id} (${how}). Its machine is not known: what stands here of one is the generator’s.`,
    `Planned: ${requests} requests of ${users}, who sign in first. The accounts lab-… that are registered for them stay.`,
    ...(options.insecure
      ? ['Whatever certificate was shown was taken (--insecure): who answered was not checked.']
      : []),
    'A load is for what is yours: the lab limits neither rate nor count but by what was asked.',
    'The seed fixes the plan, not the timing of the operating system.',
  ];
}
