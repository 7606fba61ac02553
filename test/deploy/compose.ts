// infra/compose as docker compose reads it: files are merged, and ${NAME:-default} is replaced by its default.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly scale?: number;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly args: Record<string, unknown> };
  readonly command?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: string[];
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly pids_limit?: number;
  readonly restart?: string;
  readonly profiles?: string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly stop_grace_period?: string;
}
export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const folder = new URL('../../infra/compose/', import.meta.url);

export function readCompose(file: string): Compose {
  const text = readFileSync(new URL(file, folder), 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  return parse(text, { merge: true }) as Compose;
}

/** Returns the environment of a service after the second file is merged into the first. */
export function mergeEnvironment(base: Compose, over: Compose, service: string): Record<string, string> {
  return { ...base.services[service]?.environment, ...over.services[service]?.environment };
}

/** Returns the instructions of the Dockerfile, one per line; continued lines are joined. */
export function readDockerfile(): string[] {
  const text = readFileSync(new URL('Dockerfile', folder), 'utf8').replaceAll(/\\\n\s*/g, '');
  return text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
}
