// Environment → configuration, or every problem at once. Nothing is guessed: a value that is not allowed refuses to start.

import { readFileSync } from 'node:fs';
import type { Variable } from './variable.ts';

export type Schema = Readonly<Record<string, Variable<unknown, unknown>>>;
export type Config<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Variable<infer T, infer F> ? (undefined extends F ? T | undefined : T) : never;
};
type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong, a line each; main.ts prints them and exits with 1. */
export class ConfigError extends Error {
  readonly code = 'ERR_CONFIG_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** What holds between variables. Asked only when each of `of` is in order by itself, so that one mistake is one line. */
export interface Rule<S extends Schema> {
  readonly of: readonly (keyof S & string)[];
  /** What is wrong, or false. */
  readonly problem: (config: Config<S>) => string | false;
}

export interface Expectations<S extends Schema> {
  /**
   * Variables that begin like this and are in no schema are taken for typing errors and refused:
   * `SESSION_IDLE_SECOND` must not be a setting that silently does nothing.
   */
  readonly prefixes?: readonly string[];
  readonly rules?: readonly Rule<S>[];
}

/** @throws ConfigError with all problems. */
export function loadConfig<S extends Schema>(schema: S, env: Environment, expected: Expectations<S> = {}): Config<S> {
  const problems: string[] = [];
  const broken = new Set<string>();
  const settings: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(schema)) {
    settings[name] = settingOf(name, variable, env, (problem) => {
      problems.push(problem);
      broken.add(name);
    });
  }
  const config = settings as Config<S>;
  for (const { of, problem } of expected.rules ?? []) {
    const found = !of.some((name) => broken.has(name)) && problem(config);
    if (found !== false) problems.push(found);
  }
  problems.push(...unknownOf(schema, env, expected.prefixes ?? []));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function settingOf(
  name: string,
  variable: Variable<unknown, unknown>,
  env: Environment,
  report: (problem: string) => void,
): unknown {
  const file = variable.secret ? env[`${name}_FILE`] : undefined;
  if (file !== undefined && env[name] !== undefined) {
    report(`${name} and ${name}_FILE are both set: set one of them.`);
    return undefined;
  }
  let given = env[name];
  if (file !== undefined) {
    try {
      given = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      report(`${name}_FILE names a file that cannot be read: ${(error as Error).message}.`);
      return undefined;
    }
  }
  if (given === undefined) return variable.fallback;
  const value = variable.parse(given);
  if (value === undefined)
    report(`${name} must be ${variable.allowed}${variable.secret ? '' : `, and is ${JSON.stringify(given)}`}.`);
  return value;
}

function unknownOf(schema: Schema, env: Environment, prefixes: readonly string[]): string[] {
  const known = Object.entries(schema).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env)
    .filter((name) => !known.includes(name) && !isForeign(name))
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) || isNear(name, known))
    .map((name) => `${name} is not a variable of this server. Did you mean ${nearest(name, known)}?`);
}

// Kubernetes puts REDIS_PORT, REDIS_SERVICE_HOST, REDIS_PORT_6379_TCP… into every pod beside a Service named redis.
const SERVICE_LINK = /_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/;
// X11 sets the first on every desktop, the password manager `pass` the others.
const DESKTOP = /^(SESSION_MANAGER|PASSWORD_STORE_\w+)$/;

/** `LOG_LEVL`: a letter or two beside a name of ours. Short names (PORT, HOST, DOCS) have neighbours that are others'. */
function isNear(name: string, known: readonly string[]): boolean {
  return (
    name.length >= SHORTEST_NEAR && known.some((ours) => ours.length >= SHORTEST_NEAR && distance(name, ours) <= 2)
  );
}

const SHORTEST_NEAR = 8;

/** Set by others, for others. */
function isForeign(name: string): boolean {
  return SERVICE_LINK.test(name) || DESKTOP.test(name);
}

export function nearest(name: string, candidates: readonly string[]): string {
  const ranked = candidates.map((candidate) => ({ candidate, distance: distance(name, candidate) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.candidate ?? '';
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
