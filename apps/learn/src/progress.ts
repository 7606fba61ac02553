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

export const NO_PROGRESS: ExerciseProgress = { checks: 0, hints: 0 };

export interface ProgressFile {
  read(): Progress;
  update(exercise: string, change: Partial<ExerciseProgress>): void;
}

/** @throws from `read` if the file is there and is not JSON; the message says what to do */
export function openProgress(path: string): ProgressFile {
  function read(): Progress {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(
        `${path} is not JSON, so your progress cannot be read. Repair the file, or delete it to begin anew.`,
      );
    }
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
