// The packages that npm gets, in the order in which they depend on one another, and the tarballs that pnpm makes of
// them.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from './run-tool.ts';

export const PUBLIC_PACKAGES = ['auth-core', 'store-kit', 'auth-fastify', 'auth-client'] as const;
export type PublicPackage = (typeof PUBLIC_PACKAGES)[number];

export interface PackedPackage {
  readonly name: PublicPackage;
  readonly tarball: string;
  readonly bytes: Uint8Array;
}

export const resolvePackage = (name: PublicPackage): string =>
  fileURLToPath(new URL(`../../../packages/${name}`, import.meta.url));

/** Packs a built package into `folder`. @throws Error with pnpm's output */
export async function packPackage(name: PublicPackage, folder: string): Promise<PackedPackage> {
  const tarball = await packFolder(resolvePackage(name), folder);
  return { name, tarball, bytes: readFileSync(tarball) };
}

/** Answers the path of the tarball. pnpm packs, because it puts real versions in the place of `workspace:`. */
export async function packFolder(source: string, destination: string): Promise<string> {
  const output = await runTool('pnpm', ['pack', '--json', '--pack-destination', destination], { cwd: source });
  const { filename }: { filename?: unknown } = JSON.parse(output);
  if (typeof filename !== 'string') throw new Error(`pnpm pack named no file: ${output}`);
  return join(destination, basename(filename));
}
