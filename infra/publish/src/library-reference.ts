// The reference of the public packages: HTML, generated from the doc comments of their entries with typedoc.

import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Application, type ProjectReflection, ReflectionKind, type TypeDocOptions } from 'typedoc';
import { PUBLIC_PACKAGES, resolvePackage } from './packages.ts';

const OPTIONS: Partial<TypeDocOptions> = {
  name: 'Statecraft',
  tsconfig: fileURLToPath(new URL('../tsconfig.library-reference.json', import.meta.url)),
  entryPoints: PUBLIC_PACKAGES.flatMap((name) =>
    globSync('src/{index,store,compat,stores/*}.ts', { cwd: resolvePackage(name) }).map(
      (file) => `${resolvePackage(name)}/${file}`,
    ),
  ),
  readme: 'none',
  logLevel: 'Warn',
  excludePrivate: true,
  githubPages: false,
};

const DOCUMENTED = [
  ReflectionKind.Function,
  ReflectionKind.Class,
  ReflectionKind.Interface,
  ReflectionKind.TypeAlias,
  ReflectionKind.Variable,
];

/**
 * Writes the reference into `folder`. It answers the exports that have no doc comment, as `entry.name`.
 * @throws Error if the sources cannot be read
 */
export async function writeLibraryReference(folder: string): Promise<readonly string[]> {
  const app = await Application.bootstrap(OPTIONS);
  const project = await app.convert();
  if (project === undefined) throw new Error('typedoc could not read the sources of the public packages.');
  await app.generateDocs(project, folder);
  return DOCUMENTED.flatMap((kind) => project.getReflectionsByKind(kind))
    .filter((reflection) => reflection.parent?.kindOf(ReflectionKind.Module) && !hasComment(reflection))
    .map((reflection) => reflection.getFullName())
    .sort();
}

function hasComment(reflection: ReturnType<ProjectReflection['getReflectionsByKind']>[number]): boolean {
  if (reflection.hasComment()) return true;
  return reflection.isDeclaration() && (reflection.signatures ?? []).some((signature) => signature.hasComment());
}
