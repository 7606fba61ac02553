// The reference of the public packages.

import { writeLibraryReference } from '@statecraft/infra-publish';
import { resolvePath } from './pages.ts';

export async function writePages(): Promise<void> {
  await writeLibraryReference(resolvePath('docs/library-reference'));
}
