// The API reference of the public packages.

import { writeApiReference } from '@statecraft/infra-publish';
import { resolvePath } from './pages.ts';

export const writePages = (): Promise<void> => writeApiReference(resolvePath('docs/api-reference'));
