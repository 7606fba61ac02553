// What is wrong with a tarball: publint looks at its package.json and files, "are the types wrong?" at its types.

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import type { PackedPackage } from './packages.ts';

/** One line for each problem; none if the package can be published. */
export async function listProblems(packed: PackedPackage): Promise<readonly string[]> {
  return [...(await lintPackage(packed)), ...(await checkTypes(packed))];
}

async function lintPackage({ bytes }: PackedPackage): Promise<string[]> {
  const tarball = new Uint8Array(bytes).buffer;
  const { messages } = await publint({ pack: { tarball }, strict: true });
  return messages.map(({ type, code, path }) => `publint: ${type} ${code} ${path.join('.')}`);
}

async function checkTypes({ bytes }: PackedPackage): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(bytes));
  if (!result.types) return ['attw: the package has no types'];
  return result.problems.map((problem) => `attw: ${JSON.stringify(problem)}`);
}
