// The gateway as deployments see it: variables, routes, files.

import { readdirSync, readFileSync } from 'node:fs';

const nginx = new URL('../../infra/nginx/', import.meta.url);

/** Names that render.sh does not read. */
export function findUnknownGatewayVariables(names: readonly string[]): string[] {
  const script = readFileSync(new URL('render.sh', nginx), 'utf8');
  const known = [...script.matchAll(/^: "\$\{(GATEWAY_\w+)=/gm)].map(([, name]) => name);
  return names.filter((name) => !known.includes(name));
}

/** Tells whether the gateway itself answers this path. */
export function hasGatewayRoute(path: string): boolean {
  const routes = readFileSync(new URL('templates/routes.conf.template', nginx), 'utf8');
  return routes.includes(`location = ${path} {`);
}

/** Returns all files that start.sh needs, relative to its folder. */
export function listGatewayFiles(): string[] {
  const scripts = readdirSync(nginx).filter((name) => name.endsWith('.sh'));
  return [...scripts, ...readdirSync(new URL('templates', nginx)).map((name) => `templates/${name}`)];
}
