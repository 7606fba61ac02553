// Publishes a tarball with npm, or shows what npm would publish.

import type { PackedPackage } from './packages.ts';
import { runTool } from './run-tool.ts';

export interface PublishOptions {
  /** Only show what npm would publish. It needs no network and no account. */
  readonly dryRun: boolean;
}

/**
 * Publishes with provenance, which needs a CI job with an identity token (see .github/workflows/release.yml).
 * @throws Error with npm's output
 */
export async function publishPackage({ tarball }: PackedPackage, { dryRun }: PublishOptions): Promise<void> {
  const mode = dryRun ? '--dry-run' : '--provenance';
  await runTool('npm', ['publish', tarball, '--access', 'public', mode]);
}
