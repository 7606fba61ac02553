// npm run jwt:keys: no step refuses a token that was valid before it, and no token outlives its key.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createJwtStrategy, parseJwtKeys } from '@statecraft/auth-core';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { runJwtKeys } from '../src/jwt-keys.ts';

const NOW = Date.UTC(2026, 0, 1);
const TTL_SECONDS = 900;
let said: string[] = [];

beforeEach(() => {
  said = [];
  for (const name of ['log', 'error'] as const) {
    const spy = vi.spyOn(console, name).mockImplementation((line: string) => void said.push(line));
    onTestFinished(() => spy.mockRestore());
  }
});
afterEach(() => vi.restoreAllMocks());

function keyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'jwt_keys');
}

/** A server that has read the file as it is now. */
function server(file: string, now = NOW) {
  const keys = parseJwtKeys(readFileSync(file, 'utf8'));
  return createJwtStrategy({ issuer: 'i', audience: 'a', keys, ttlSeconds: TTL_SECONDS, clock: () => now });
}
type Server = ReturnType<typeof server>;
const issue = (on: Server) => on.issue({ userId: '1', username: 'ada', roles: [] }).accessToken;
const accepts = (on: Server, token: string) => {
  const outcome = on.authenticate(token);
  return !(outcome instanceof Promise) && outcome.refused === undefined;
};
const step = (...args: string[]) => expect([runJwtKeys(args, NOW), said.at(-1)]).toEqual([0, expect.any(String)]);

it('new makes a file with one key that signs, readable for its owner only, and never overwrites a file', () => {
  const file = keyFile();
  step('new', file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(accepts(server(file), issue(server(file)))).toBe(true);
  const before = readFileSync(file, 'utf8');
  expect(runJwtKeys(['new', file], NOW)).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(before);
});

it('a relative file name counts from the folder where the command was typed, not where npm runs it', () => {
  const file = keyFile();
  vi.stubEnv('INIT_CWD', dirname(file));
  onTestFinished(() => void vi.unstubAllEnvs());
  step('new', 'jwt_keys');
  expect(existsSync(file)).toBe(true);
});

it('add and switch: servers before and after each step accept each other’s tokens', () => {
  const file = keyFile();
  step('new', file);
  const first = server(file);
  step('add', file);
  const second = server(file);
  expect([accepts(second, issue(first)), accepts(first, issue(second))]).toEqual([true, true]);
  step('switch', file);
  const third = server(file);
  expect([accepts(third, issue(second)), accepts(second, issue(third))]).toEqual([true, true]);
  expect(accepts(first, issue(third))).toBe(false);
});

it('switch retires the old key when its last token has expired, and removes its private part', () => {
  const file = keyFile();
  step('new', file);
  step('add', file);
  step('switch', file, '--ttl-seconds', '600');
  const { current, keys } = JSON.parse(readFileSync(file, 'utf8'));
  const [old] = keys.filter(({ kid }: { kid: string }) => kid !== current);
  expect(old).not.toHaveProperty('d');
  expect(old.retireAt).toBe(NOW + 660_000);
});

it('switch --now: the tokens of a leaked key are refused immediately', () => {
  const file = keyFile();
  step('new', file);
  const leaked = issue(server(file));
  step('add', file);
  step('switch', file, '--now');
  expect(accepts(server(file), leaked)).toBe(false);
});

it('add removes retired keys, and fails while a key is waiting', () => {
  const file = keyFile();
  step('new', file);
  step('add', file);
  expect(runJwtKeys(['add', file], NOW)).toBe(1);
  expect(said.at(-1)).toContain('the next step is: switch');
  step('switch', file);
  expect(runJwtKeys(['add', file], NOW + 3_600_000)).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8')).keys).toHaveLength(2);
});

it('a missing or invalid file and wrong usage change nothing', () => {
  const file = keyFile();
  expect(runJwtKeys(['add', file], NOW)).toBe(1);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, '{"keys": "secret-text"}');
  expect(runJwtKeys(['switch', file], NOW)).toBe(1);
  expect(said.join()).not.toContain('secret-text');
  expect(runJwtKeys(['rotate', file], NOW)).toBe(64);
  expect(runJwtKeys(['switch', file, '--ttl-seconds', '15m'], NOW)).toBe(64);
});
