// Small real runs on Sentinels and on a Cluster: a real failover, and what the ledger says of it. How long it takes is
// not asked; the machine may be busy.

import { expect, it } from 'vitest';
import type { Report } from '../src/contracts/report.ts';
import { findExperiment } from '../src/experiments/registry.ts';
import { run } from './running.ts';

const SIZE = { modes: ['redis'], servers: 1, users: 20, rate: 60, seconds: 4 };

async function runSome(id: string, ...scenarios: string[]): Promise<Report> {
  const experiment = findExperiment(id);
  const some = experiment.scenarios.filter((scenario) => scenarios.includes(scenario.id));
  return run({ ...experiment, scenarios: some }, SIZE);
}

const listBroken = ({ checks }: Report) => checks.filter(({ outcome }) => outcome === 'broken');

function expectProof(report: Report): void {
  for (const { marks } of report.parts) {
    expect(marks.map(({ kind }) => kind)).toEqual(['redis-failover', 'promoted']);
    const [before, after] = marks.map(({ proof }) => proof.run_id);
    expect(before).toMatch(/^[0-9a-f]{40}$/);
    expect(after).toMatch(/^[0-9a-f]{40}$/);
    expect(after).not.toBe(before);
  }
}

it('failover: what is lost was acknowledged near the failover; without a replica writes are refused', async () => {
  const report = await runSome('failover', 'planned', 'kill-min-1');
  const [planned, killed] = report.parts;
  expectProof(report);
  expect(listBroken(report)).toEqual([]);
  expect(planned?.failover?.signIns.count).toBeGreaterThan(0);
  expect(planned?.failover?.signOuts.count).toBeGreaterThan(0);
  expect(killed?.marks[0]?.proof).toMatchObject({ pid: expect.any(Number), signal: 'SIGKILL' });
  expect(killed?.failover?.writes).toMatchObject({ rightAfter: 0 });
  expect(killed?.failover?.writes.count).toBeGreaterThan(0);
}, 120_000);

it('cluster-failover: a killed master fails requests, and every loss has its cause', async () => {
  const report = await runSome('cluster-failover', 'kill');
  const [part] = report.parts;
  expectProof(report);
  expect(listBroken(report)).toEqual([]);
  expect(part?.failover?.users.failed).toBeGreaterThan(0);
}, 120_000);
