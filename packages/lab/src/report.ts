// The one object that an experiment ends in. Printing computes nothing; everything that is printed stands in here.

import type { Environment } from './environment.ts';

export const MODES = ['jwt', 'memory', 'redis'] as const;
export type Mode = (typeof MODES)[number];

/** What happened to one person who asked "who am I?" with the credential that they hold. */
export type Answer =
  | 'signed-in'
  | 'signed-out'
  | 'wrong-user'
  /** Neither yes nor no: a timeout, a refused connection or a 5xx. */
  | 'unknown';

/** One cell of the table: what was seen, in a few words, and what it rests on. */
export interface Cell {
  readonly answer: Answer | 'still-accepted' | 'refused' | 'not-measured';
  /** How long a credential went on working after the acknowledged sign-out, ms; only in the sign-out row. */
  readonly exposureMs?: number;
  /** What the table prints. */
  readonly text: string;
  /** What the mode promises; a cell that differs breaks the experiment. */
  readonly expected: Cell['answer'];
  /** Status codes, servers, pids: what an unbeliever asks for. */
  readonly evidence: readonly string[];
}

export interface Question {
  readonly id: string;
  readonly text: string;
  readonly cells: Readonly<Partial<Record<Mode, Cell>>>;
}

export type Verdict = 'holds' | 'broken' | 'unknown';

export interface Report {
  readonly schema: 'statecraft.report/1';
  readonly experiment: string;
  readonly hypothesis: string;
  readonly verdict: Verdict;
  readonly modes: readonly Mode[];
  readonly questions: readonly Question[];
  /** What was not measured and what to type so that it is. */
  readonly notes: readonly string[];
  readonly environment: Environment;
  readonly durationMs: number;
  /** The line that runs it again. */
  readonly again: string;
}

/** Broken when any cell is not what its mode promises, unknown when any could not be told. */
export function verdictOf(questions: readonly Question[]): Verdict {
  const cells = questions
    .flatMap((question) => Object.values(question.cells))
    .filter((cell) => cell.answer !== 'not-measured');
  if (cells.length === 0 || cells.some((cell) => cell.answer === 'unknown')) return 'unknown';
  return cells.every((cell) => cell.answer === cell.expected) ? 'holds' : 'broken';
}
