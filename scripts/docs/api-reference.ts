// The API reference of the public packages.

import { writeApiReference } from '@statecraft/infra-publish';
import { resolvePath } from './pages.ts';

export async function writePages(): Promise<void> {
  await writeApiReference(resolvePath('docs/api-reference'));
}
