// Checks a manifest with the schema that Kubernetes publishes for its kind. The package kubernetes-models has the
// schemas as functions, which read every field that they know. A field that none of them reads is unknown.

import type { Manifest } from './manifests.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly message?: string; readonly keyword: string }[] | null;
}

/** Returns the problems of a manifest, one line each. */
export async function findProblems(manifest: Manifest): Promise<string[]> {
  const { validate } = (await import(`kubernetes-models/_schemas/${buildSchemaName(manifest)}`)) as {
    validate: Validate;
  };
  const read = new Set<string>();
  const valid = validate(watch(joinLines(manifest), '', read));
  const broken = valid ? [] : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath}: ${keyword}`);
  const unknown = listPaths(manifest, '').filter((path) => !read.has(path));
  return [...broken, ...unknown.map((path) => `${path}: unknown`)];
}

/** kustomize breaks long secrets into lines of base64. Kubernetes accepts that, the schema's check of base64 does not. */
function joinLines(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries(manifest.data ?? {}).map(([key, value]) => [key, value.replaceAll(/\s/g, '')]);
  return { ...manifest, data: Object.fromEntries(data) };
}

/** networking.k8s.io/v1 Ingress → IoK8sApiNetworkingV1Ingress */
function buildSchemaName({ apiVersion, kind }: Manifest): string {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const [area = ''] = group.split('.');
  return `IoK8sApi${capitalize(area)}${capitalize(version)}${kind}`;
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Wraps a value, and records the path of every field that is read. */
function watch(value: unknown, at: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return found;
      read.add(`${at}/${key}`);
      return watch(found, `${at}/${key}`, read);
    },
  });
}

function listPaths(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${at}/${key}`, ...listPaths(inner, `${at}/${key}`)]);
}
