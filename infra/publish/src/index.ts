export { writeLibraryReference } from './library-reference.ts';
export { type PackedPackage, PUBLIC_PACKAGES, type PublicPackage, packPackage, resolvePackage } from './packages.ts';
export { listProblems } from './problems.ts';
export { type PublishOptions, publishPackage } from './publish.ts';
