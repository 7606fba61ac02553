// Reads the configuration from the environment, or reports all problems together. Nothing is guessed: the process exits
// at startup if a value is invalid.

import { readFileSync } from 'node:fs';
import type { Variable } from './variable.ts';

export type Schema = Readonly<Record<string, Variable<unknown, unknown>>>;
export type Config<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Variable<infer T, infer F> ? (undefined extends F ? T | undefined : T) : never;
};
type Environment = Readonly<Record<string, string | undefined>>;

/** All problems of a configuration, one line each. `runService` prints them and exits with 1. */
export class ConfigError extends Error {
  readonly code = 'ERR_CONFIG_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** A rule between variables. It is checked only if each of `of` is valid by itself: one mistake gives one line. */
export interface Rule<S extends Schema> {
  readonly of: readonly (keyof S & string)[];
  /** @returns what is wrong, or false. */
  readonly problem: (config: Config<S>) => string | false;
}

export interface Expectations<S extends Schema> {
  /**
   * An unknown variable that begins with one of these is a problem, because it is probably a typing error:
   * `SESSION_IDLE_SECOND` would silently do nothing.
   */
  readonly prefixes?: readonly string[];
  readonly rules?: readonly Rule<S>[];
}

/**
 * @param env process.env, or a test's
 * @throws ConfigError with all problems
 */
export function loadConfig<S extends Schema>(schema: S, env: Environment, expected: Expectations<S> = {}): Config<S> {
  const problems: string[] = [];
  const broken = new Set<string>();
  const settings: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(schema)) {
    settings[name] = readSetting(name, variable, env, (problem) => {
      problems.push(problem);
      broken.add(name);
    });
  }
  const config = settings as Config<S>;
  for (const { of, problem } of expected.rules ?? []) {
    const found = !of.some((name) => broken.has(name)) && problem(config);
    if (found !== false) problems.push(found);
  }
  problems.push(...findUnknown(schema, env, expected.prefixes ?? []));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function readSetting(
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

function findUnknown(schema: Schema, env: Environment, prefixes: readonly string[]): string[] {
  const known = Object.entries(schema).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env)
    .filter((name) => !known.includes(name) && !isForeign(name))
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) || isTypo(name, known))
    .map((name) => `${name} is not a variable of this server. Did you mean ${findNearest(name, known)}?`);
}

// Kubernetes sets REDIS_PORT, REDIS_SERVICE_HOST, REDIS_PORT_6379_TCP… in every pod if there is a Service named redis.
const SERVICE_LINK = /_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/;
// X11 sets the first on every desktop; the others belong to the password manager `pass`.
const DESKTOP = /^(SESSION_MANAGER|PASSWORD_STORE_\w+)$/;

/** Shorter names (PORT, HOST, DOCS) are close to variables of other programs. */
const MIN_TYPO_LENGTH = 8;

/** `LOG_LEVL`: one or two letters differ from a known name. */
function isTypo(name: string, known: readonly string[]): boolean {
  if (name.length < MIN_TYPO_LENGTH) return false;
  return known.some((other) => other.length >= MIN_TYPO_LENGTH && measureDistance(name, other) <= 2);
}

/** Set by other programs, for other programs. */
function isForeign(name: string): boolean {
  return SERVICE_LINK.test(name) || DESKTOP.test(name);
}

/** @returns the candidate that differs from `name` in the fewest letters. */
function findNearest(name: string, candidates: readonly string[]): string {
  const ranked = candidates.map((candidate) => ({ candidate, distance: measureDistance(name, candidate) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.candidate ?? '';
}

/** Levenshtein's edit distance. */
function measureDistance(a: string, b: string): number {
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
