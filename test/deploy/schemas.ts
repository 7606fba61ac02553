// Checks a manifest with the schema that Kubernetes, or the Prometheus Operator, publishes for its kind. The packages
// kubernetes-models and @kubernetes-models/prometheus-operator have the schemas as functions, which read every field
// that they know. A field that none of them reads is unknown.

import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { Manifest } from './manifests.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly message?: string; readonly keyword: string }[] | null;
}

/** Returns the problems of a manifest, one line each. */
export async function findProblems(manifest: Manifest): Promise<string[]> {
  const validate = Object.hasOwn(OPERATOR_KINDS, manifest.kind)
    ? findOperatorSchema(manifest)
    : await findSchema(manifest);
  const read = new Set<string>();
  const broken = validate(watch(joinLines(manifest), '', read));
  const unknown = listPaths(manifest, '').filter((path) => !read.has(path));
  return [...broken, ...unknown.map((path) => `${path}: unknown`)];
}

/** Returns what is wrong, one line each. */
type FindBroken = (data: unknown) => string[];

async function findSchema(manifest: Manifest): Promise<FindBroken> {
  const { validate } = (await import(`kubernetes-models/_schemas/${buildSchemaName(manifest)}`)) as {
    validate: Validate;
  };
  return (data) =>
    validate(data) ? [] : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath}: ${keyword}`);
}

/** This package exports classes only. Their method throws, and reads every field of its object that it knows. */
const OPERATOR_KINDS = { PrometheusRule, ServiceMonitor };

function findOperatorSchema({ kind }: Manifest): FindBroken {
  const { [kind as keyof typeof OPERATOR_KINDS]: model } = OPERATOR_KINDS;
  return (data) => {
    try {
      model.prototype.validate.call(data);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  };
}

/**
 * kustomize breaks long secrets into lines of base64. Kubernetes accepts that, the schema's check of base64 does not.
 */
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
