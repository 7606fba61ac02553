// infra/kubernetes, as kubectl renders each overlay, compared with the Kubernetes schemas and with the apps.

import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findUnknownVariables, hasRoute, readAppName, readConfig } from './apps.ts';
import { findUnknownGatewayVariables, hasGatewayRoute, listGatewayFiles } from './gateway.ts';
import {
  type Container,
  ELSEWHERE,
  findManifest,
  OVERLAYS,
  type PodSpec,
  type Rendered,
  readEnvironment,
  render,
} from './manifests.ts';
import { findProblems } from './schemas.ts';

const MOUNTED = '/run/secrets/statecraft/';

describe.each(OVERLAYS)('%s', (overlay) => {
  let rendered: Rendered;
  beforeAll(async () => {
    rendered = await render(overlay);
  });
  afterAll(() => rendered.remove());

  const listPods = (): PodSpec[] => rendered.workloads.map(({ spec }) => spec.template.spec);
  const listContainers = (): Container[] => listPods().flatMap((pod) => pod.containers);
  const filterKind = (kind: string) => rendered.manifests.filter((manifest) => manifest.kind === kind);

  it('matches the published schemas, without unknown fields', async () => {
    const problems = await Promise.all(
      rendered.manifests.map(async (manifest) =>
        (await findProblems(manifest)).map((problem) => `${manifest.kind} ${manifest.metadata.name} ${problem}`),
      ),
    );
    expect(problems.flat()).toEqual([]);
    expect(rendered.manifests.length).toBeGreaterThan(15);
  });

  it('has the gateway, both APIs and the migration, and servers of its own only in a trial', () => {
    const names = rendered.workloads.map(({ metadata }) => metadata.name).sort();
    const own = { production: [], redis: ['postgres', 'redis'], 'memory-sticky': ['postgres'] }[overlay];
    expect(names).toEqual(['gateway', 'migrate', ...own, 'stateful-api', 'stateless-api']);
    expect(rendered.manifests.filter(({ metadata, kind }) => !metadata.namespace && kind !== 'Namespace')).toEqual([]);
  });

  it('names every image with its version', () => {
    expect(listContainers().filter(({ image }) => !/:[\w.-]*\d[\w.-]*$/.test(image))).toEqual([]);
  });

  it('names images of its own only by a registry that cannot exist', () => {
    const own = listContainers().filter(({ image }) => readAppName(image) !== undefined);
    expect(own.map(({ image }) => image.split('/')[0])).toEqual(own.map(() => 'registry.invalid'));
  });

  it('runs no container as root, and meets the restricted profile', () => {
    for (const { securityContext: pod, containers: all, automountServiceAccountToken } of listPods()) {
      expect(pod).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.runAsUser).toBeGreaterThan(0);
      expect(automountServiceAccountToken).toBe(false);
      for (const { securityContext } of all) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('probes only routes that the app has', async () => {
    for (const { image, startupProbe, livenessProbe, readinessProbe, ports = [] } of listContainers()) {
      const app = readAppName(image);
      for (const httpGet of [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)) {
        if (httpGet === undefined) continue;
        expect(ports.map(({ name }) => name)).toContain(httpGet.port);
        const known = app === undefined ? hasGatewayRoute(httpGet.path) : await hasRoute(app, httpGet.path);
        expect(`${image} ${httpGet.path} ${known}`).toBe(`${image} ${httpGet.path} true`);
      }
    }
  });

  it('removes a pod that is not ready from the Service, and restarts only one that is not alive', () => {
    const apis = listContainers().filter(({ image }) => readAppName(image) !== undefined);
    expect(apis.map(({ readinessProbe }) => readinessProbe?.httpGet?.path)).toEqual(['/ready', '/ready']);
    expect(apis.map(({ livenessProbe }) => livenessProbe?.httpGet?.path)).toEqual(['/health', '/health']);
  });

  it('sets only variables that the app knows, with values that it accepts', () => {
    for (const container of listContainers()) {
      const app = readAppName(container.image);
      if (app === undefined) continue;
      const env = readEnvironment(container, rendered.manifests);
      const set = { ...env, INSTANCE_ID: 'pod-1' } as Record<string, string>;
      expect(findUnknownVariables(app, set)).toEqual([]);
      const here = Object.entries(set).map(([name, value]) => [name, value.replace(MOUNTED, `${rendered.secrets}/`)]);
      const config = readConfig(app, Object.fromEntries(here));
      expect(config).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', INSTANCE_ID: 'pod-1' });
      expect(config.PORT).toBe(container.ports?.[0]?.containerPort);
    }
  });

  it('sets only variables that the gateway knows, and gives it all its files', () => {
    const { containers: all = [], volumes = [] } =
      rendered.workloads.find(({ metadata }) => metadata.name === 'gateway')?.spec.template.spec ?? {};
    const [nginx] = all;
    expect(nginx).toBeDefined();
    const names = Object.keys(nginx === undefined ? {} : readEnvironment(nginx, rendered.manifests));
    expect(names.length).toBeGreaterThan(5);
    expect(findUnknownGatewayVariables(names)).toEqual([]);
    const { items = [], name } = volumes.find((volume) => volume.name === 'files')?.configMap ?? {};
    expect(items.map(({ path }) => path).sort()).toEqual(listGatewayFiles().sort());
    const { data = {} } = findManifest(rendered.manifests, 'ConfigMap', name);
    expect(items.filter(({ key }) => data[key] === undefined)).toEqual([]);
  });

  it.each(['10.1.2.3', '172.20.1.1', '192.168.1.1', '100.64.7.1', 'fd12:3456::1'])(
    'trusts a pod with the address %s to name the client, at the gateway and at both APIs',
    (address) => {
      const lists = rendered.manifests
        .filter(({ kind }) => kind === 'ConfigMap')
        .flatMap(({ data = {} }) => [data.TRUST_PROXY, data.GATEWAY_TRUST_PROXY])
        .filter((list) => list !== undefined);
      expect(lists).toHaveLength(3);
      expect(lists.filter((list) => !isInside(list, address))).toEqual([]);
      expect(lists.filter((list) => isInside(list, '198.51.100.1') || isInside(list, '2001:db8::1'))).toEqual([]);
    },
  );

  it('redirects a request that reached the Ingress over plain HTTP', () => {
    const all = rendered.manifests.map(({ data }) => data?.GATEWAY_PLAIN_HTTP).filter((value) => value !== undefined);
    expect(all).toEqual(['redirect']);
  });

  it('mounts each secret that a variable names, and has every ConfigMap and Secret that is mounted', () => {
    for (const { containers: all, volumes } of listPods()) {
      const secrets = volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName]));
      const keys = secrets.flatMap((name) => Object.keys(findManifest(rendered.manifests, 'Secret', name).data ?? {}));
      const maps = volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name]));
      for (const name of maps) findManifest(rendered.manifests, 'ConfigMap', name);
      const env = Object.entries(Object.assign({}, ...all.map((one) => readEnvironment(one, rendered.manifests))));
      const files = env.filter(([name]) => name.endsWith('_FILE')).map(([, value]) => String(value));
      expect(files.filter((file) => !keys.includes(basename(file)))).toEqual([]);
    }
  });

  it('gives a pod a grace period longer than its shutdown', () => {
    for (const { containers: all, terminationGracePeriodSeconds } of listPods()) {
      for (const container of all.filter(({ lifecycle }) => lifecycle !== undefined)) {
        const { SHUTDOWN_TIMEOUT_MS = '30000' } = readEnvironment(container, rendered.manifests);
        const pause = container.lifecycle?.preStop.sleep.seconds ?? 0;
        expect(pause).toBeGreaterThanOrEqual(10);
        expect(terminationGracePeriodSeconds).toBeGreaterThan(pause + Number(SHUTDOWN_TIMEOUT_MS) / 1000);
      }
    }
  });

  it('spreads every deployment, has a disruption budget for it, and keeps at least two pods', () => {
    const deployments = rendered.workloads.filter(({ kind }) => kind === 'Deployment');
    for (const { metadata, spec } of deployments) {
      const { matchLabels } = spec.selector ?? { matchLabels: {} };
      expect(spec.template.metadata.labels).toMatchObject(matchLabels);
      const topologies = spec.template.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
      expect(topologies).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
      const budget = findManifest(rendered.manifests, 'PodDisruptionBudget', metadata.name);
      expect(budget.spec).toMatchObject({ maxUnavailable: 1, selector: { matchLabels } });
      const scaler = filterKind('HorizontalPodAutoscaler').find((one) => one.metadata.name === metadata.name);
      const { replicas = 0 } = spec as { replicas?: number };
      const { minReplicas = replicas } = (scaler?.spec ?? {}) as { minReplicas?: number };
      expect(minReplicas).toBeGreaterThanOrEqual(2);
    }
    expect(deployments).toHaveLength(3);
  });

  it('spreads pods over the nodes that take them, and counts each version alone', () => {
    const all = rendered.workloads.flatMap(({ spec }) => spec.template.spec.topologySpreadConstraints ?? []);
    expect(all).toHaveLength(6);
    for (const constraint of all)
      expect(constraint).toMatchObject({ nodeTaintsPolicy: 'Honor', matchLabelKeys: ['pod-template-hash'] });
    const strict = all.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
    expect(strict.map(({ topologyKey }) => topologyKey)).toEqual(
      overlay === 'production' ? Array(3).fill('kubernetes.io/hostname') : [],
    );
  });

  it('lets every pod ask the name server, in a pod or on the node (NodeLocal DNSCache)', () => {
    const { spec } = findManifest(rendered.manifests, 'NetworkPolicy', 'names');
    expect(spec).toMatchObject({ podSelector: {}, policyTypes: ['Egress'] });
    const text = JSON.stringify((spec as Policy).egress);
    expect(text).toContain('"values":["kube-system","openshift-dns"]');
    expect(text).toContain('"cidr":"169.254.20.10/32"');
    for (const port of ['{"port":53,"protocol":"UDP"}', '{"port":5353,"protocol":"UDP"}']) expect(text).toContain(port);
  });

  it('limits how long a name server may hold a thread of an API', () => {
    const apis = listPods().filter(
      ({ containers: [api] }) => api !== undefined && readAppName(api.image) !== undefined,
    );
    const options = [
      { name: 'timeout', value: '1' },
      { name: 'attempts', value: '2' },
    ];
    expect(apis.map(({ dnsConfig }) => dnsConfig)).toEqual([{ options }, { options }]);
  });

  it('limits the memory of every container', () => {
    for (const { resources } of listContainers()) {
      expect(Object.keys(resources.requests).sort()).toEqual(['cpu', 'memory']);
      expect(Object.keys(resources.limits)).toContain('memory');
    }
  });

  it('lets only the gateway reach the APIs, and only those that need them reach the servers behind', () => {
    const policies = filterKind('NetworkPolicy').map(({ spec }) => spec as Policy);
    const denyAll = policies.find(({ podSelector, ingress, egress }) => isEmpty(podSelector) && !ingress && !egress);
    expect(denyAll?.policyTypes).toEqual(['Ingress', 'Egress']);
    const findSources = (app: string) =>
      policies
        .filter(({ podSelector, ingress }) => podSelector.matchLabels?.[NAME] === app && ingress)
        .flatMap(({ ingress = [] }) =>
          ingress.flatMap(({ from }) => from.flatMap((peer) => listNames(peer.podSelector))),
        );
    expect(findSources('stateless-api')).toEqual(['gateway']);
    expect(findSources('stateful-api')).toEqual(['gateway']);
    expect(findSources('redis')).toEqual(overlay === 'redis' ? ['stateful-api'] : []);
    const clients = ['stateless-api', 'stateful-api', 'migrate'];
    expect(findSources('postgres')).toEqual(overlay === 'production' ? [] : clients);
    // The way out, to pods or to an address range.
    const findSenders = (port: number) =>
      policies
        .filter(({ egress }) => JSON.stringify(egress ?? '').includes(`"port":${port}}`))
        .flatMap(({ podSelector }) => listNames(podSelector));
    expect(findSenders(5432)).toEqual(clients);
    expect(findSenders(6379)).toEqual(overlay === 'memory-sticky' ? [] : ['stateful-api']);
  });

  it('brings the tables to the version of the APIs before they start, with the same database', () => {
    const job = rendered.workloads.find(({ kind }) => kind === 'Job');
    const tags = listContainers().flatMap(({ image }) =>
      image.startsWith('registry.invalid') ? [image.split(':')[1]] : [],
    );
    expect(new Set(tags).size).toBe(1);
    expect(job?.spec.template.spec.containers[0]?.args).toEqual(expect.arrayContaining(['db', 'migrate']));
    const readUrl = (name: string) => {
      const { volumes } = rendered.workloads.find(({ metadata }) => metadata.name === name)?.spec.template.spec ?? {};
      const secret = volumes?.find((volume) => volume.secret)?.secret?.secretName;
      return findManifest(rendered.manifests, 'Secret', secret).data?.database_url;
    };
    expect(readUrl('migrate')).toBeDefined();
    expect(['stateless-api', 'stateful-api'].map(readUrl)).toEqual([readUrl('migrate'), readUrl('migrate')]);
  });

  it('terminates TLS at the Ingress, for every host', () => {
    const [ingress] = filterKind('Ingress');
    const { tls = [], rules = [] } = (ingress?.spec ?? {}) as {
      tls?: { hosts: string[]; secretName: string }[];
      rules?: { host: string }[];
    };
    expect(tls.flatMap(({ hosts }) => hosts)).toEqual(rules.map(({ host }) => host));
    const secrets = tls.map(({ secretName }) => findManifest(rendered.manifests, 'Secret', secretName));
    expect(secrets.map(({ data = {} }) => Object.keys(data).sort())).toEqual([['tls.crt', 'tls.key']]);
  });
});

const NAME = 'app.kubernetes.io/name';
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
}
/** The names of the apps that a selector names. */
const listNames = ({ matchLabels, matchExpressions = [] }: Selector = {}): readonly string[] =>
  matchLabels?.[NAME] === undefined
    ? matchExpressions.filter(({ key }) => key === NAME).flatMap(({ values }) => values)
    : [matchLabels[NAME]];
interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly { readonly from: readonly { readonly podSelector?: Selector }[] }[];
  readonly egress?: readonly unknown[];
}
/** @param list addresses and CIDR blocks, separated by commas */
function isInside(list: string, address: string): boolean {
  const blocks = new BlockList();
  for (const item of list.split(',')) {
    const [network = '', prefix] = item.split('/');
    const family = network.includes(':') ? 'ipv6' : 'ipv4';
    if (prefix === undefined) blocks.addAddress(network, family);
    else blocks.addSubnet(network, Number(prefix), family);
  }
  return blocks.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
const isEmpty = (selector: object): boolean => Object.keys(selector).length === 0;

it.each(['redis_url_elsewhere', 'database_url_elsewhere'])(
  'refuses to render production without %s, which infra/secrets.sh cannot make',
  async (name) => {
    const { [name]: _missing, ...others } = ELSEWHERE.production ?? {};
    await expect(render('production', others)).rejects.toThrow(name);
  },
);

describe('the check against the schemas', () => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { b: 'c' } };

  it('accepts a valid manifest', async () => {
    expect(await findProblems(config)).toEqual([]);
  });

  it('finds an unknown field and a field of the wrong type', async () => {
    const wrong = { ...config, metadata: { name: 'a', nmaespace: 'b' }, data: { b: 3 } };
    expect(await findProblems(wrong as never)).toEqual(['/data/b: type', '/metadata/nmaespace: unknown']);
  });
});

it('holds no secret: infra/secrets.sh makes them in a folder that git ignores', () => {
  const ignored = readFileSync(new URL('../../.gitignore', import.meta.url), 'utf8').split('\n');
  expect(ignored).toContain('infra/**/secrets/');
  expect(join('infra/kubernetes/overlays/redis', 'secrets/redis_url')).toMatch(/^infra\/.*\/secrets\//);
});
