// npm run jwt:keys: makes and rotates the key file of the stateless API. No step refuses a token before it expires.
//
//   new ── one key, which signs ──> add ── a second, which verifies ──> switch ── it signs, the first retires ──> add …

import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generateJwtKeys, JWT_DEFAULTS, parseJwtKeys } from '@statecraft/auth-core';

const HELP = `npm run jwt:keys -- new <file>      makes a key file with one key; never overwrites a file
npm run jwt:keys -- add <file>      adds a second key, which verifies and does not sign yet; removes retired keys
npm run jwt:keys -- switch <file>   the newest key signs from now on; the others retire when their tokens have expired
  --ttl-seconds <n>   the lifetime of a token, like JWT_TTL_SECONDS (for switch; default ${JWT_DEFAULTS.ttlSeconds})
  --now               the others retire immediately: their tokens are refused (for switch)
Restart every stateless server after each step. docs/production.md says when to take which.
Exit code: 0, 1 if the file cannot be used, 64 wrong usage.`;

/** The exit code of wrong usage (sysexits.h). */
const USAGE = 64;

interface Jwk {
  readonly kid: string;
  readonly d?: string;
  readonly retireAt?: number;
}
interface KeyFile {
  readonly current: string;
  readonly keys: readonly Jwk[];
}

/** For clocks that differ between servers, ms. */
const MARGIN_MS = 60_000;

/** @param now ms since the epoch. @returns the exit code. */
export function runJwtKeys(args: readonly string[], now = Date.now()): number {
  try {
    const command = readCommand(args);
    if (command === 'help') {
      console.log(HELP);
      return 0;
    }
    const retireAt = command.immediately ? now : now + command.ttlSeconds * 1000 + MARGIN_MS;
    return changeFile(command, { now, retireAt });
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    return USAGE;
  }
}

interface Command {
  readonly step: string;
  readonly file: string;
  readonly ttlSeconds: number;
  readonly immediately: boolean;
}

/** @throws for wrong usage. */
function readCommand(args: readonly string[]): Command | 'help' {
  const options = {
    'ttl-seconds': { type: 'string', default: String(JWT_DEFAULTS.ttlSeconds) },
    now: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false, short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return 'help';
  const [step = '', file, ...rest] = positionals;
  if (!Object.hasOwn(STEPS, step)) throw new Error(`Unknown step "${step}".`);
  if (file === undefined || rest.length > 0) throw new Error(`${step} needs the name of one file.`);
  const ttlSeconds = Number(values['ttl-seconds']);
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds <= 0)
    throw new Error(`--ttl-seconds is "${values['ttl-seconds']}"; it must be a whole number above 0.`);
  // npm runs this in the repository's folder; INIT_CWD is where the user typed the command.
  return { step, file: resolve(process.env.INIT_CWD ?? '.', file), ttlSeconds, immediately: values.now };
}

interface Times {
  readonly now: number;
  /** When keys that no longer sign are refused, ms since the epoch. */
  readonly retireAt: number;
}

function changeFile({ step, file }: Command, times: Times): number {
  try {
    console.log(`${file}: ${STEPS[step]?.(file, times)}`);
    return 0;
  } catch (error) {
    console.error(`${file}: ${(error as Error).message}`);
    return 1;
  }
}

/** @returns what was done. @throws if the file cannot be used. */
const STEPS: Readonly<Record<string, (file: string, times: Times) => string>> = {
  new(file) {
    // wx: an existing file stays as it is. 600: it is a private key.
    writeFileSync(file, generateJwtKeys(), { flag: 'wx', mode: 0o600 });
    return 'one key.';
  },

  add(file, { now }) {
    const { current, keys } = readKeys(file);
    const kept = keys.filter(({ retireAt }) => retireAt === undefined || retireAt > now);
    if (kept.some(({ kid, retireAt }) => kid !== current && retireAt === undefined))
      throw new Error('a key is waiting already; the next step is: switch');
    const [added] = (JSON.parse(generateJwtKeys()) as KeyFile).keys;
    if (added === undefined) throw new Error('no key was made');
    replaceKeys(file, { current, keys: [...kept, added] });
    return `${added.kid} verifies. Restart every server, then: switch.`;
  },

  switch(file, { retireAt }) {
    const { current, keys } = readKeys(file);
    const next = keys.find(({ kid, d, retireAt: ends }) => kid !== current && d !== undefined && ends === undefined);
    if (next === undefined) throw new Error('no key is waiting; the step before is: add');
    const rest = keys.filter(({ kid }) => kid !== next.kid).map(({ d: _private, ...old }) => ({ retireAt, ...old }));
    // --now also retires the keys of earlier switches, which would have retired later.
    const retiring = rest.map((old) => ({ ...old, retireAt: Math.min(old.retireAt, retireAt) }));
    replaceKeys(file, { current: next.kid, keys: [...retiring, next] });
    return `${next.kid} signs; the others retire at ${new Date(retireAt).toISOString()}. Restart every server.`;
  },
};

function readKeys(file: string): KeyFile {
  const text = readFileSync(file, 'utf8');
  parseJwtKeys(text);
  return JSON.parse(text) as KeyFile;
}

/** Replaces the file in one step, and keeps its mode. */
function replaceKeys(file: string, keys: KeyFile): void {
  const text = `${JSON.stringify(keys, undefined, 2)}\n`;
  parseJwtKeys(text);
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  chmodSync(`${file}.new`, statSync(file).mode);
  renameSync(`${file}.new`, file);
}

if (import.meta.main) process.exitCode = runJwtKeys(process.argv.slice(2));
