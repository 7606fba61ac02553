// Small real runs: that each experiment sees what it asks for. Latencies are not asked; the machine may be busy.

import { describe, expect, it } from 'vitest';
import { describeWeights } from '../src/experiments/crowd.ts';
import { decideByFacts, listCellTexts, run, startTestRedis } from './running.ts';

describe('scale', () => {
  it('loses users of memory without affinity, and only those', async () => {
    const size = { modes: ['memory', 'memory+affinity'], servers: 2, users: 20, rate: 40, seconds: 1 };
    const report = await run('scale', size);
    expect(report.scenarios.map(({ text }) => text)).toEqual(['1 server', '1 → 3 servers', '1 → 2 servers']);
    expect(listCellTexts(report, 'memory')[0]).toBe('all stay signed in');
    expect(listCellTexts(report, 'memory').slice(1).join()).toMatch(/\d+ of 20 users signed out/);
    expect(listCellTexts(report, 'memory+affinity')).toEqual(Array(3).fill('all stay signed in'));
  }, 120_000);
});

describe('capacity', () => {
  it('sees what a session weighs in memory and in Redis, and that a token weighs less than it can see', async () => {
    const size = { users: 2_000, rate: 50, seconds: 1, modes: ['jwt', 'memory', 'redis'] };
    const report = await run('capacity', size);
    const [jwt, memory, redis] = report.parts.filter(({ scenario }) => scenario === 'all').map(describeWeights);
    // 384 KiB for 2,000 users.
    expect(jwt).toBe('server below 197 bytes per user');
    expect(memory).toMatch(/^server [2-9]\d\d bytes per user$/);
    expect(redis).toMatch(/^server below 197 bytes per user, Redis [1-9]\d\d bytes per user$/);
    expect(report.checks.find(({ id }) => id === 'token-weighs-nothing')?.outcome).toBe('holds');
    for (const { figures } of report.parts)
      for (const { value } of Object.values(figures)) expect(value).toBeGreaterThanOrEqual(0);
  }, 300_000);
});

describe('stolen-cookie', () => {
  it('sees a copy of a bound session end with its cookie, and its owner go on', async () => {
    const findRedis = await startTestRedis();
    const report = await run('stolen-cookie', { modes: ['redis+bound'], servers: 2, users: 2 }, { findRedis });
    expect(decideByFacts(report)).toBe('holds');
    for (const { figures, lost } of report.parts) {
      expect(figures).toMatchObject({ copies: { value: 2 }, bound: { value: 2 } });
      expect(figures.worked_at_last).toBeUndefined();
      expect(lost.count).toBe(0);
    }
    expect(report.parts.find(({ scenario }) => scenario === 'active')?.figures.refreshes?.value).toBeGreaterThan(2);
    expect(listCellTexts(report, 'redis+bound')[2]).toBe('refused immediately');
  }, 120_000);

  it('says nothing of bound sessions where none was bound', async () => {
    const setting = { findRedis: await startTestRedis(), serverEnv: { SESSION_DEVICE_BOUND: '0' } };
    const report = await run('stolen-cookie', { modes: ['redis+bound'], servers: 1, users: 1 }, setting);
    expect(report.verdict).toBe('unknown');
    expect(listCellTexts(report, 'redis+bound')).toEqual(Array(3).fill('0 of 1 sessions were bound'));
  }, 120_000);
});

describe('race', () => {
  it('sees @fastify/session lose both races, and ours neither', async () => {
    const report = await run('race', { users: 3 }, { findRedis: await startTestRedis() });
    expect(listCellTexts(report, 'fastify-session')).toEqual([
      '3 of 3 signed-out sessions came back',
      '3 of 6 acknowledged changes lost',
    ]);
    const ours = ['the sign-out is final', 'no acknowledged change lost, 3 must be tried again (409)'];
    expect(listCellTexts(report, 'memory')).toEqual(ours);
    expect(listCellTexts(report, 'redis')).toEqual(ours);
    expect(report.verdict).toBe('holds');
  }, 120_000);
});

describe('redis-outage', () => {
  it('answers 503 while Redis is away, and signs no user out', async () => {
    const report = await run('redis-outage', { modes: ['redis'], servers: 1, users: 20, rate: 50, seconds: 3 });
    const [part] = report.parts;
    expect(part?.outcomes.serverError).toBeGreaterThan(0);
    expect(part?.lost.count).toBe(0);
    expect(part?.bins.at(-1)?.users).toMatchObject({ signedOut: 0, wronglySignedIn: 0 });
    expect(part?.marks.map(({ kind }) => kind)).toEqual(['redis-cut', 'back']);
  }, 120_000);
});

describe('redis-restart', () => {
  it('signs out all users whose session was in Redis, with the proof of the restart', async () => {
    const report = await run('redis-restart', { modes: ['redis'], servers: 1, users: 20, rate: 50, seconds: 2 });
    const [part] = report.parts;
    // A server that has not found the new Redis yet says 503, and that is no sign-out.
    expect(part?.bins.at(-1)?.users).toMatchObject({ signedIn: 0, wronglySignedIn: 0 });
    expect(new Set(part?.lost.named.map(({ cause }) => cause))).toEqual(
      new Set(['Redis was restarted without persistence']),
    );
    const { proof } = part?.marks[0] ?? {};
    expect(proof).toMatchObject({ pid: expect.any(Number), signal: 'SIGKILL', 'pid after': expect.any(Number) });
    expect(proof?.pid).not.toBe(proof?.['pid after']);
    expect(proof?.['run_id before']).toMatch(/^[0-9a-f]{40}$/);
    expect(proof?.['run_id after']).not.toBe(proof?.['run_id before']);
  }, 120_000);
});

describe('database-outage', () => {
  it('sees sign-ins fail in every mode, and signed-in users fail only if their sessions are in PostgreSQL', async () => {
    // Long enough for a busy machine on which PostgreSQL takes seconds to start.
    const size = { modes: ['jwt', 'memory', 'postgres'], servers: 1, users: 10, rate: 50, seconds: 9 };
    const report = await run('database-outage', size);
    for (const part of report.parts) {
      const { figures } = part;
      expect(part.marks.map(({ kind }) => kind)).toEqual(['postgres-kill', 'back']);
      expect(part.marks[0]?.proof.pid).not.toBe(part.marks[1]?.proof.pid);
      expect(figures.sign_ins_tried?.value).toBeGreaterThan(0);
      expect(figures.sign_ins_503?.value).toBe(figures.sign_ins_tried?.value);
      expect(figures.sign_in_back?.value).toBeGreaterThan(0);
      expect(part.lost.count).toBe(0);
      if (part.side === 'postgres') expect(part.outcomes.serverError).toBeGreaterThan(0);
      else expect(part.outcomes.serverError).toBe(0);
    }
    expect(decideByFacts(report)).toBe('holds');
  }, 120_000);
});

describe('the mode postgres', () => {
  it('is measured on request: a shared store that survives its servers', async () => {
    const report = await run('two-requests', { modes: ['postgres'] });
    expect(listCellTexts(report, 'postgres')).toEqual([
      'still signed in',
      'still signed in',
      'still signed in',
      'refused immediately',
    ]);
    expect((await run('two-requests', { modes: ['memory'] })).sides.map(({ id }) => id)).toEqual(['memory']);
  }, 120_000);
});

describe('clock-step', () => {
  it('sees a stepped clock refuse tokens and leave sessions alone, with the Date header of the server as proof', async () => {
    const size = { servers: 2, users: 4 };
    const report = await run('clock-step', size, { findRedis: await startTestRedis() });
    const refused = '4 of 4 users refused by that server; 4 of 4 users who signed in there refused elsewhere';
    expect(listCellTexts(report, 'jwt')).toEqual([refused, refused]);
    for (const side of ['memory+affinity', 'redis', 'redis+tracked'])
      expect(listCellTexts(report, side)).toEqual(['all stay signed in', 'all stay signed in']);
    expect(decideByFacts(report)).toBe('holds');
    const [ahead] = report.parts;
    expect(new Set(ahead?.lost.named.map(({ cause }) => cause))).toEqual(
      new Set(['the clock of jwt-1 is 1 h ahead: it and the others refuse the tokens of each other']),
    );
    const { pid, 'Date before': before, 'Date after': after } = ahead?.marks[0]?.proof ?? {};
    expect(pid).toEqual(expect.any(Number));
    expect(Date.parse(String(after)) - Date.parse(String(before))).toBeGreaterThanOrEqual(3_599_000);
  }, 120_000);
});
