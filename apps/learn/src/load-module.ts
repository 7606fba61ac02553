// Loads a file of the learner.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExerciseFailure } from './exercise.ts';

/**
 * Loads `file` and checks that it exports functions of these names.
 * @throws ExerciseFailure if it cannot be loaded or a function is missing
 */
export async function loadFunctions<Functions extends object>(
  folder: string,
  file: string,
  names: readonly (keyof Functions & string)[],
): Promise<Functions> {
  const loaded = await importFile(join(folder, file), file);
  const missing = names.find((name) => typeof loaded[name] !== 'function');
  if (missing === undefined) return loaded as Functions;
  throw new ExerciseFailure({
    did: `load ${file}`,
    saw: `it exports no function "${missing}"`,
    expected: `the functions ${names.join(', ')}, as in the starter`,
    why: 'The check calls them.',
    read: 'exercises/README.md',
  });
}

async function importFile(path: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw new ExerciseFailure({
      did: `load ${file}`,
      saw: error instanceof Error ? error.message : String(error),
      expected: 'a file that Node can run',
      why: 'Node removes the types of a TypeScript file and runs the rest.',
      read: 'exercises/README.md',
    });
  }
}
