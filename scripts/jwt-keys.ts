// npm run jwt:keys: the key file of the stateless API, made and rotated so that no token is refused before it expires.
//
//   new ── one key, which signs ──> add ── a second, which verifies ──> switch ── it signs, the first retires ──> add …

import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generateJwtKeys, JWT_DEFAULTS, parseJwtKeys } from '../packages/auth-core/src/index.ts';
import { readArguments, USAGE } from './arguments.ts';

const HELP = `npm run jwt:keys -- new <file>      a key file with one key; an existing file stays as it is
npm run jwt:keys -- add <file>      a second key, which verifies and does not sign yet; takes out what has retired
npm run jwt:keys -- switch <file>   the newest key signs from now on; the others retire when their tokens have expired
  --ttl-seconds <n>   life of a token, as JWT_TTL_SECONDS (switch; default ${JWT_DEFAULTS.ttlSeconds})
  --now               the others retire at once: their tokens are refused (switch)
Restart every stateless server after each. docs/production.md says when to do which.
Exit code: 0, 1 when the file cannot be used, 64 for wrong usage.`;

interface Jwk {
  readonly kid: string;
  readonly d?: string;
  readonly retireAt?: number;
}
interface KeyFile {
  readonly current: string;
  readonly keys: readonly Jwk[];
}

/** ms for clocks that differ. */
const MARGIN_MS = 60_000;

/** @returns the exit code. */
export function jwtKeys(args: readonly string[], now = Date.now()): number {
  const options = { 'ttl-seconds': { type: 'string' }, now: { type: 'boolean' } } as const;
  const given = readArguments(args, { help: HELP, options, positionals: 2 });
  if (typeof given === 'number') return given;
  const [step = '', typed] = given.positionals;
  // From where it was typed: npm itself runs this in the repository's own folder.
  const file = typed === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', typed);
  const ttlSeconds = Number(given.values['ttl-seconds'] ?? JWT_DEFAULTS.ttlSeconds);
  const change = STEPS[step];
  if (file === undefined || change === undefined || !(Number.isSafeInteger(ttlSeconds) && ttlSeconds > 0)) {
    console.error(`There is no such step, no file was named, or --ttl-seconds is no whole number.\n${HELP}`);
    return USAGE;
  }
  try {
    console.log(change(file, { now, retireAt: given.values.now === true ? now : now + ttlSeconds * 1000 + MARGIN_MS }));
    return 0;
  } catch (error) {
    console.error(`${file}: ${(error as Error).message}`);
    return 1;
  }
}

interface Times {
  readonly now: number;
  /** When keys that sign no longer are refused. */
  readonly retireAt: number;
}

const STEPS: Readonly<Record<string, (file: string, times: Times) => string>> = {
  new(file) {
    // wx: a file that is there stays. 600: a private key.
    writeFileSync(file, generateJwtKeys(), { flag: 'wx', mode: 0o600 });
    return `${file}: one key.`;
  },

  add(file, { now }) {
    const { current, keys } = read(file);
    const kept = keys.filter(({ retireAt }) => retireAt === undefined || retireAt > now);
    if (kept.some(({ kid, retireAt }) => kid !== current && retireAt === undefined))
      throw new Error('a key is waiting already; the next step is: switch');
    const [added] = (JSON.parse(generateJwtKeys()) as KeyFile).keys;
    if (added === undefined) throw new Error('no key was made');
    write(file, { current, keys: [...kept, added] });
    return `${file}: ${added.kid} verifies. Restart every server, then: switch.`;
  },

  switch(file, { retireAt }) {
    const { current, keys } = read(file);
    const next = keys.find(({ kid, d, retireAt: ends }) => kid !== current && d !== undefined && ends === undefined);
    if (next === undefined) throw new Error('no key is waiting; the step before is: add');
    const rest = keys.filter(({ kid }) => kid !== next.kid).map(({ d: _private, ...old }) => ({ retireAt, ...old }));
    // A key that was to retire later than now retires now, when that is asked for.
    const retiring = rest.map((old) => ({ ...old, retireAt: Math.min(old.retireAt, retireAt) }));
    write(file, { current: next.kid, keys: [...retiring, next] });
    return `${file}: ${next.kid} signs; the others retire at ${new Date(retireAt).toISOString()}. Restart every server.`;
  },
};

function read(file: string): KeyFile {
  const text = readFileSync(file, 'utf8');
  parseJwtKeys(text);
  return JSON.parse(text) as KeyFile;
}

/** Whole or not at all, readable by whom it was. */
function write(file: string, keys: KeyFile): void {
  const text = `${JSON.stringify(keys, undefined, 2)}\n`;
  parseJwtKeys(text);
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  chmodSync(`${file}.new`, statSync(file).mode);
  renameSync(`${file}.new`, file);
}

if (import.meta.main) process.exitCode = jwtKeys(process.argv.slice(2));
