// A manifest against the schema that Kubernetes publishes for its kind, as the package kubernetes-models carries it:
// compiled to functions that read every field they know. A field that none of them read is a field that nobody knows.

import type { Manifest } from './manifests.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly message?: string; readonly keyword: string }[] | null;
}

/** What is wrong, a line each. */
export async function problemsOf(manifest: Manifest): Promise<string[]> {
  const { validate } = (await import(`kubernetes-models/_schemas/${schemaName(manifest)}`)) as { validate: Validate };
  const read = new Set<string>();
  const valid = validate(watched(unfolded(manifest), '', read));
  const broken = valid ? [] : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath}: ${keyword}`);
  const unknown = pathsOf(manifest, '').filter((path) => !read.has(path));
  return [...broken, ...unknown.map((path) => `${path}: unknown`)];
}

/** kustomize writes a long secret as lines of base64, which Kubernetes reads and the schema's own check of base64 does not. */
function unfolded(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries(manifest.data ?? {}).map(([key, value]) => [key, value.replaceAll(/\s/g, '')]);
  return { ...manifest, data: Object.fromEntries(data) };
}

/** networking.k8s.io/v1 Ingress → IoK8sApiNetworkingV1Ingress */
function schemaName({ apiVersion, kind }: Manifest): string {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const [area = ''] = group.split('.');
  return `IoK8sApi${capital(area)}${capital(version)}${kind}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The same value, which notes the path of every field that is asked for. */
function watched(value: unknown, at: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return found;
      read.add(`${at}/${key}`);
      return watched(found, `${at}/${key}`, read);
    },
  });
}

function pathsOf(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${at}/${key}`, ...pathsOf(inner, `${at}/${key}`)]);
}
