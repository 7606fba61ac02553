import { expect, it } from 'vitest';
import { examineMachine, type Finding, howToInstall, readExitCode, summarizeFindings } from '../src/index.ts';

const OPTIONAL: Finding = { name: 'docker', purpose: 'compose', ok: false, neededBy: [], detail: '' };
const NGINX: Finding = { ...OPTIONAL, name: 'nginx', neededBy: ['test'] };

it('howToInstall names the package as the platform does', () => {
  expect(howToInstall('redis-server', 'dnf')).toMatch(/^(sudo )?dnf install -y redis$/);
  expect(howToInstall('nginx', 'brew')).toBe('brew install nginx');
});

it('the exit code is 3 only if something is missing that npm start or npm test needs', () => {
  expect(readExitCode([OPTIONAL])).toBe(0);
  expect(readExitCode([OPTIONAL, NGINX])).toBe(3);
});

it('the summary says for each command whether it is ready or what it needs', () => {
  expect(summarizeFindings([OPTIONAL, { ...NGINX, ok: true }])).toMatch(/start: ready; .*test: ready$/);
  expect(summarizeFindings([OPTIONAL, NGINX])).toMatch(/start: ready; .*test: needs nginx$/);
});

it('a machine without programs lacks each of them, and each finding says what it is for', async () => {
  const findings = await examineMachine(() => undefined);
  const missing = findings.filter(({ ok, neededBy }) => !ok && neededBy.includes('test')).map(({ name }) => name);
  expect(missing).toContain('redis-server or valkey-server');
  expect(missing).toContain('nginx');
  expect(findings.filter(({ purpose }) => purpose === '')).toEqual([]);
});
