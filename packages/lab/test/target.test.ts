// Experiments against an API that is not the lab's: real apps behind the real nginx, and errors without an API.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startRedis } from '@statecraft/infra-dev';
import { type Gateway, makeCertificate, startNginx } from '@statecraft/infra-nginx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../src/contracts/events.ts';
import { createSightings } from '../src/experiments/sightings.ts';
import { type ServerProcess, startServer } from '../src/processes/server.ts';
import { decideByFacts, entries, newFolder, run } from './running.ts';

const small = { users: 4, rate: 40, seconds: 1 };
const ENV = {
  NODE_ENV: 'development',
  LOG_LEVEL: 'warn',
  DOCS: '0',
  PASSWORD_MEMORY_KIB: '8',
  TRUST_PROXY: '127.0.0.1',
};
const ended: (() => Promise<unknown>)[] = [];
let started: (name: string, entry: string, env?: Record<string, string>) => Promise<ServerProcess>;
let nginx: Gateway;
let gateway: string;
let fleet: ServerProcess[];

beforeAll(async () => {
  const redis = await startRedis();
  ended.push(() => redis.stop());
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-target-'));
  ended.push(async () => rmSync(folder, { recursive: true, force: true }));
  started = async (name, entry, env = {}) => {
    const server = await startServer(name, { entry, env: { ...ENV, ...env }, logFile: `${folder}/${name}.log` });
    ended.push(() => server.kill());
    return server;
  };
  const secrets = { SESSION_STORE: 'redis', REDIS_URL: redis.url };
  fleet = await Promise.all(['redis-1', 'redis-2'].map((name) => started(name, entries.stateful, secrets)));
  nginx = await startNginx({
    stateless: [`127.0.0.1:${await freePort()}`],
    stateful: fleet.map(({ url }) => url),
    affinity: 'none',
  });
  ended.push(() => nginx.stop());
  gateway = `${nginx.url}/api/stateful`;
}, 120_000);

afterAll(async () => {
  for (const end of ended.reverse()) await end();
});

const listCells = async (id: string, asked: object) =>
  (await run(id, { target: gateway, modes: ['redis'], ...small, ...asked })).cells;

describe('against two servers behind nginx', () => {
  it('runs the rows of two-requests that need no server of the lab', async () => {
    const report = await run('two-requests', { target: gateway, modes: ['redis'] });
    expect(report.cells.map(({ text }) => text)).toEqual([
      'still signed in',
      'not measured',
      'not measured',
      'refused immediately',
    ]);
    expect(report.cells[0]?.evidence.join()).toMatch(/served by redis-\d \d+, redis-\d \d+/);
    expect(decideByFacts(report)).toBe('holds');
    expect(report.environment.redis).toBeUndefined();
    expect(report.notes.join()).toContain('Its machine is unknown');
  }, 120_000);

  it('replays after a sign-out at the servers that answer', async () => {
    const [cell] = await listCells('revocation', { users: 2, servers: 2 });
    expect(cell).toMatchObject({ text: 'refused immediately', outcome: 'holds' });
  }, 120_000);

  it('loads one side, and compares nothing', async () => {
    const cells = await listCells('load', {});
    expect(cells.map(({ scenario, outcome }) => [scenario, outcome])).toEqual([
      ['latency', 'holds'],
      ['throughput', 'holds'],
    ]);
  }, 120_000);

  it('watches a server fall silent while all users stay signed in', async () => {
    // A server with fewer than 20 answers is not judged.
    let answers = 0;
    const event = (one: Event) => {
      if (one.type === 'request' && one.server === 'redis-1' && ++answers === 40) void fleet[0]?.kill();
    };
    const steps: string[] = [];
    const nothing = () => undefined;
    const progress = { step: (text: string) => void steps.push(text), say: nothing, event, begin: nothing };
    const size = { users: 4, rate: 80, seconds: 4 };
    const report = await run('watch', { target: gateway, modes: ['redis'], ...size }, { progress });
    expect(report.cells[0]).toMatchObject({ lost: 0, text: expect.stringContaining('all stay signed in') });
    expect(report.parts[0]?.marks.map(({ text }) => text)).toContain('redis-1 stopped answering');
    // infra/compose/lab.sh waits for these words.
    expect(steps.join()).toContain('your turn');
  }, 120_000);

  it('refuses a target of another kind or mode', async () => {
    const expectRefusal = async (asked: object, exitCode: number, message: string) =>
      expect(run('watch', { target: gateway, ...small, ...asked })).rejects.toMatchObject({
        exitCode,
        message: expect.stringContaining(message),
      });
    await expectRefusal({}, 64, '--mode memory');
    await expectRefusal({ modes: ['jwt'] }, 64, 'is a stateful API');
    await expectRefusal({ modes: ['redis'], target: gateway.replace('/api/stateful', '') }, 64, 'is no Statecraft API');
    await expectRefusal({ modes: ['redis'], target: `http://127.0.0.1:${await freePort()}` }, 3, 'does not answer');
    await expectRefusal({ target: undefined }, 64, 'give it --target');
  });
});

describe('against other modes', () => {
  it('recognises an API with tokens by itself', async () => {
    const { url } = await started('jwt-1', entries.stateless);
    const report = await run('two-requests', { target: url });
    expect(report.sides.map(({ id }) => id)).toEqual(['jwt']);
    expect(report.cells.at(-1)).toMatchObject({ outcome: 'holds', text: expect.stringContaining('still accepted') });
  });

  it('follows the affinity cookie of a registration: every user of two memories stays signed in', async () => {
    const servers = await Promise.all(['memory-1', 'memory-2'].map((name) => started(name, entries.stateful)));
    const stateful = servers.map(({ url }) => url);
    const leading = await startNginx({ stateless: stateful, stateful, affinity: 'cookie', signInsPerSecond: 'off' });
    ended.push(() => leading.stop());
    const target = `${leading.url}/api/stateful`;
    const report = await run('revocation', { target, modes: ['memory+affinity'], users: 10, servers: 1 });
    expect(report.parts[0]).toMatchObject({ lost: { count: 0 }, signOuts: 10 });
    expect(report.notes.join()).toContain('2 servers answered');
  });
});

describe('over HTTPS, with a certificate that is signed by itself', () => {
  const createSecureOptions = () => ({ target: `${nginx.httpsUrl}/api/stateful`, modes: ['redis'] });

  it('names both remedies', async () => {
    await expect(run('two-requests', createSecureOptions())).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/self-signed certificate.*NODE_EXTRA_CA_CERTS=.*--insecure/),
    });
  });

  it('accepts it with --insecure, and says that it was not checked', async () => {
    const report = await run('two-requests', { ...createSecureOptions(), insecure: true });
    expect(decideByFacts(report)).toBe('holds');
    expect(report.notes.join()).toContain('--insecure');
  }, 30_000);

  /** What a process says that trusts this authority, too: Node reads it once, as it starts. */
  function readMessageWithTrust(pem: string): string {
    const authority = join(newFolder(), 'ca.pem');
    writeFileSync(authority, pem);
    const { href } = new URL('../src/setup/target.ts', import.meta.url);
    const script = `
      import { detectSide } from ${JSON.stringify(href)};
      const { target, modes } = ${JSON.stringify(createSecureOptions())};
      const asked = detectSide({ modes, insecure: false }, target, []);
      console.log(await asked.then(({ id }) => id, (error) => error.message));`;
    const args = ['--conditions=@statecraft/source', '--input-type=module', '--eval', script];
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority };
    return spawnSync(process.execPath, args, { env, encoding: 'utf8' }).stdout.trim();
  }

  it('trusts it by NODE_EXTRA_CA_CERTS', () => {
    expect(readMessageWithTrust(nginx.certificate)).toBe('redis');
  });

  it('refuses --insecure without HTTPS', async () => {
    await expect(run('watch', { target: gateway, modes: ['redis'], insecure: true })).rejects.toMatchObject({
      exitCode: 64,
      message: expect.stringContaining('--target https://'),
    });
  });

  it('suggests no authority against a wrong name', async () => {
    const files = makeCertificate(newFolder(), { hosts: ['elsewhere.example'] });
    await nginx.reload({ certificate: files });
    const message = readMessageWithTrust(readFileSync(files.certificate, 'utf8'));
    expect(message).toMatch(/altnames.*valid for this name.*--insecure/);
    expect(message).not.toContain('NODE_EXTRA_CA_CERTS');
  });
});

describe('sightings', () => {
  it('lists servers that fell silent, came back or appeared', () => {
    const seen = createSightings();
    for (let at = 0; at < 10_000; at += 20) {
      seen.add('steady', at);
      if (at < 4_000) seen.add('gone', at);
      if (at < 4_000 || at > 8_000) seen.add('back', at);
      if (at >= 5_000) seen.add('new', at);
    }
    expect(seen.listSilences()).toEqual([
      { server: 'gone', at: 3_980, until: undefined },
      { server: 'back', at: 3_980, until: 8_020 },
    ]);
    expect(seen.listNewcomers()).toEqual([{ server: 'new', at: 5_000 }]);
  });

  it('names no server when all are silent for a moment, unless there is only one', () => {
    const listSilentServers = (...servers: string[]) => {
      const seen = createSightings();
      for (let at = 0; at < 10_000; at += 20)
        if (at < 4_000 || at > 6_000) for (const server of servers) seen.add(server, at);
      return seen.listSilences().map(({ server }) => server);
    };
    expect([listSilentServers('one', 'other'), listSilentServers('one')]).toEqual([[], ['one']]);
  });
});
