import { expect, it } from 'vitest';
import { type Cell, type Question, type Report, toText, verdictOf } from '../src/index.ts';

const cell = (answer: Cell['answer'], expected: Cell['answer'] = 'signed-in'): Cell => ({
  answer,
  expected,
  text: answer,
  evidence: [],
});
const question = (...cells: Cell[]): Question => ({
  id: 'q',
  text: 'Ask',
  cells: Object.fromEntries(cells.map((one, index) => [['jwt', 'memory', 'redis'][index], one])),
});

it('holds when every cell is what its mode promises', () => {
  expect(verdictOf([question(cell('signed-in'), cell('refused', 'refused'))])).toBe('holds');
});

it('is broken when one cell differs', () => {
  expect(verdictOf([question(cell('signed-in'), cell('signed-out'))])).toBe('broken');
});

it('is broken when somebody is signed in as somebody else', () => {
  expect(verdictOf([question(cell('wrong-user'))])).toBe('broken');
});

it('is unknown when an answer was neither yes nor no', () => {
  expect(verdictOf([question(cell('signed-in'), cell('unknown'))])).toBe('unknown');
});

it('does not count what was not measured', () => {
  expect(verdictOf([question(cell('signed-in'), cell('not-measured', 'not-measured'))])).toBe('holds');
});

it('is unknown when nothing was measured', () => {
  expect(verdictOf([question(cell('not-measured', 'not-measured'))])).toBe('unknown');
});

it('prints a table that marks the cell which differs, and what was not measured', () => {
  const questions = [question(cell('signed-out'), cell('signed-in'))];
  const report: Report = {
    schema: 'statecraft.report/1',
    experiment: 'two-requests',
    hypothesis: '',
    verdict: verdictOf(questions),
    modes: ['jwt', 'memory'],
    questions,
    notes: ['redis was not measured: apt-get install redis-server'],
    environment: { node: '24', platform: 'p', cpu: 'c', cores: 2, memoryBytes: 1, measuredAt: '' },
    durationMs: 1500,
    again: 'npm start',
  };
  const text = toText(report);
  expect(text).toContain('| Ask | ! signed-out | signed-in |');
  expect(text).toContain('BROKEN');
  expect(text).toContain('redis was not measured: apt-get install redis-server');
});
