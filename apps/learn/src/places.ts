// Where the learner's things are.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the learner's `exercises/` is. Tests set it, so that they change no files of a learner. */
export const WORK = process.env.STATECRAFT_LEARNER ?? ROOT;
/** The folder of the lab's runs. */
export const RUNS = process.env.STATECRAFT_RUNS ?? join(ROOT, 'runs');
export const PROGRESS = join(WORK, 'exercises/progress.json');
