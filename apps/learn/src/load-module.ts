// Loads a file of the learner.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExerciseFailure } from './exercise.ts';

/**
 * Loads `file` and checks that it exports functions of these names. `instance` loads the file once more, with variables
 * of its own, as in another process.
 * @throws ExerciseFailure if it cannot be loaded or a function is missing
 */
export async function loadFunctions<Functions extends object>(
  folder: string,
  file: string,
  names: readonly (keyof Functions & string)[],
  instance?: string,
): Promise<Functions> {
  const loaded = await importFile(join(folder, file), file, instance);
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

async function importFile(path: string, file: string, instance?: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(path);
  if (instance !== undefined) url.searchParams.set('instance', instance);
  try {
    return await import(url.href);
  } catch (error) {
    throw new ExerciseFailure({
      did: `load ${file}`,
      saw: describeError(error, file),
      expected: 'a file that Node can run',
      why: 'Node removes the types of a TypeScript file and runs the rest.',
      read: 'exercises/README.md',
    });
  }
}

/** A syntax error's stack begins with the file and the line: `file:///…/route.ts:3`. */
function describeError(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  const line = error.stack?.split('\n').find((text) => text.includes(`/${file}`));
  const number = /\.ts[^:]*:(\d+)/.exec(line ?? '')?.[1];
  return number === undefined ? error.message : `line ${number}: ${error.message}`;
}
