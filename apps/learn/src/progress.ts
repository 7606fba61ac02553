// What the learner has done, in one JSON file.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ExerciseProgress {
  /** ISO 8601; set by the first check that passed. */
  readonly passedAt?: string;
  /** Whether the last check passed. */
  readonly passes?: boolean;
  readonly checks: number;
  readonly hints: number;
  /** The learner asked for the solution before a check had passed. */
  readonly gaveUp?: boolean;
  /** The first line of the last failure. */
  readonly lastFailure?: string;
}

export type Progress = Readonly<Record<string, ExerciseProgress>>;

/** In the same file: whether a full `npm test` has passed. */
export const TESTS = 'npm-test';

export const NO_PROGRESS: ExerciseProgress = { checks: 0, hints: 0 };

export interface ProgressFile {
  read(): Progress;
  update(exercise: string, change: Partial<ExerciseProgress>): void;
}

/** @throws from `read` if the file is there and is not JSON of this shape; the message says what to do */
export function openProgress(path: string): ProgressFile {
  function read(): Progress {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    const progress = parseJson(text);
    if (isProgress(progress)) return progress;
    const what = progress === undefined ? 'is not JSON' : 'holds no progress of exercises';
    throw new Error(`${path} ${what}, so your progress cannot be read. Repair the file, or delete it to begin anew.`);
  }

  return {
    read,
    update(exercise, change) {
      const all = read();
      const next = { ...all, [exercise]: { ...NO_PROGRESS, ...all[exercise], ...change } };
      mkdirSync(dirname(path), { recursive: true });
      // Written beside and renamed: a process that ends in between loses nothing.
      writeFileSync(`${path}.new`, `${JSON.stringify(next, undefined, 2)}\n`);
      renameSync(`${path}.new`, path);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isProgress(value: unknown): value is Progress {
  if (!isObject(value)) return false;
  return Object.values(value).every(
    (one) => isObject(one) && typeof one.checks === 'number' && typeof one.hints === 'number',
  );
}
