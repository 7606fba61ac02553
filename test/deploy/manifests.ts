// infra/kubernetes as kubectl renders it, with secrets made for the test.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { provisionKubectl } from '../../infra/dev/src/index.ts';
import { makeSecrets } from './secrets.ts';

export const OVERLAYS = ['memory-sticky', 'redis', 'production'] as const;
export type Overlay = (typeof OVERLAYS)[number];

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
}
interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
}
interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly drop?: string[]; readonly add?: string[] };
}
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  /** A Job has neither ports nor probes. */
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly requests: Record<string, string>; readonly limits: Record<string, string> };
  readonly securityContext: SecurityContext;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string; readonly items?: { readonly key: string; readonly path: string }[] };
}
export interface PodSpec {
  readonly securityContext: SecurityContext;
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken?: boolean;
  readonly dnsConfig?: unknown;
  readonly topologySpreadConstraints?: readonly {
    readonly topologyKey: string;
    readonly whenUnsatisfiable: string;
    readonly nodeTaintsPolicy?: string;
    readonly matchLabelKeys?: readonly string[];
  }[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}
interface Workload extends Manifest {
  readonly spec: {
    /** A Job has none. */
    readonly selector?: { readonly matchLabels: Record<string, string> };
    readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: PodSpec };
  };
}

export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** Deployments, StatefulSets and Jobs. */
  readonly workloads: readonly Workload[];
  /** The folder of the secrets that it was rendered with. */
  readonly secrets: string;
  remove(): void;
}

const resolvePath = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** What an administrator adds to the files of infra/secrets.sh: the URLs of servers that are operated separately. */
export const ELSEWHERE: Partial<Record<Overlay, Readonly<Record<string, string>>>> = {
  production: {
    redis_url_elsewhere: 'rediss://user:password@redis.example.com:6379',
    database_url_elsewhere: 'postgres://user:password@database.example.com:5432/statecraft?sslmode=verify-full',
  },
};

/**
 * @param files beside those of infra/secrets.sh
 * @throws with the message of kubectl, or with how to install it
 */
export async function render(overlay: Overlay, files = ELSEWHERE[overlay] ?? {}): Promise<Rendered> {
  const kubectl = await provisionKubectl(console.error);
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-kubernetes-'));
  for (const part of ['kubernetes', 'nginx', 'postgres', 'redis'])
    cpSync(resolvePath(`infra/${part}`), join(folder, part), {
      recursive: true,
      filter: (name) => !name.includes('/secrets'),
    });
  const home = join(folder, 'kubernetes/overlays', overlay);
  makeSecrets(join(home, 'secrets'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, 'secrets', name), text);
  const manifests = kustomize(kubectl, home);
  const isWorkload = ({ kind }: Manifest) => ['Deployment', 'StatefulSet', 'Job'].includes(kind);
  const workloads = manifests.filter(isWorkload) as Workload[];
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { manifests, workloads, secrets: join(home, 'secrets'), remove };
}

/** Renders infra/kubernetes/monitoring. @throws like render */
export async function renderMonitoring(): Promise<readonly Manifest[]> {
  return kustomize(await provisionKubectl(console.error), resolvePath('infra/kubernetes/monitoring'));
}

function kustomize(kubectl: string, folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync(kubectl, ['kustomize', folder], { encoding: 'utf8' });
  // Warnings, such as of deprecated fields, are errors, too.
  if (status !== 0 || stderr !== '') throw new Error(`${folder}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/** Returns the environment of a container, including its ConfigMaps; undefined for values that the cluster fills in. */
export function readEnvironment(
  container: Container,
  manifests: readonly Manifest[],
): Record<string, string | undefined> {
  const maps = (container.envFrom ?? []).map(({ configMapRef }) =>
    findManifest(manifests, 'ConfigMap', configMapRef?.name),
  );
  const own = (container.env ?? []).map(({ name, value }) => [name, value] as const);
  return Object.assign({}, ...maps.map(({ data }) => data), Object.fromEntries(own));
}

/** @throws if there is none */
export function findManifest(manifests: readonly Manifest[], kind: string, name: string | undefined): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} named ${name}.`);
  return found;
}
