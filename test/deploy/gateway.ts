// What the gateway's nginx is to those who deploy it.

import { readdirSync, readFileSync } from 'node:fs';

const nginx = new URL('../../infra/nginx/', import.meta.url);

/** Names that render.sh does not ask for. */
export function unknownGatewayVariables(names: readonly string[]): string[] {
  const script = readFileSync(new URL('render.sh', nginx), 'utf8');
  const known = [...script.matchAll(/^: "\$\{(GATEWAY_\w+)=/gm)].map(([, name]) => name);
  return names.filter((name) => !known.includes(name));
}

export function gatewayAnswers(path: string): boolean {
  const routes = readFileSync(new URL('templates/routes.conf.template', nginx), 'utf8');
  return routes.includes(`location = ${path} {`);
}

/** All that start.sh needs, relative to its folder. */
export function gatewayFiles(): string[] {
  return ['start.sh', 'render.sh', ...readdirSync(new URL('templates', nginx)).map((name) => `templates/${name}`)];
}
