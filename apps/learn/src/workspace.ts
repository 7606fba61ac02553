// Where the files of an exercise are, from the root of the repository:
//
//   exercises/NN-name/README.md    the task        exercises/NN-name/starter/   what a learner begins with
//   exercises/NN-name/*.ts         the learner's   apps/learn/solutions/NN-name/

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Exercise } from './exercise.ts';

export interface Workspace {
  /** The absolute path of the learner's files. */
  folder(exercise: Exercise): string;
  readTask(exercise: Exercise): string;
  /** Copies the starter's files that the learner does not have yet. Answers their paths, from the root. */
  prepare(exercise: Exercise): readonly string[];
  /** Puts the starter's files back. The learner's changes are lost. */
  reset(exercise: Exercise): readonly string[];
  /** Name and text of each file of the reference solution. */
  readSolution(exercise: Exercise): readonly { readonly name: string; readonly text: string }[];
}

/**
 * @param root the root of the repository. @param work where `exercises/` with the learner's files is; tests use another
 */
export function openWorkspace(root: string, work = root): Workspace {
  const folder = ({ name }: Exercise) => join(work, 'exercises', name);
  const starter = ({ name }: Exercise) => join(root, 'exercises', name, 'starter');

  function copy(exercise: Exercise, names: readonly string[]): readonly string[] {
    for (const name of names) cpSync(join(starter(exercise), name), join(folder(exercise), name), { recursive: true });
    return names.map((name) => join('exercises', exercise.name, name));
  }

  return {
    folder,
    readTask: ({ name }) => readFileSync(join(root, 'exercises', name, 'README.md'), 'utf8'),
    prepare: (exercise) =>
      copy(
        exercise,
        readdirSync(starter(exercise)).filter((name) => !existsSync(join(folder(exercise), name))),
      ),
    reset(exercise) {
      const names = readdirSync(starter(exercise));
      for (const name of names) rmSync(join(folder(exercise), name), { recursive: true, force: true });
      return copy(exercise, names);
    },
    readSolution({ name: exercise }) {
      const path = join(root, 'apps/learn/solutions', exercise);
      return readdirSync(path).map((name) => ({ name, text: readFileSync(join(path, name), 'utf8') }));
    },
  };
}
