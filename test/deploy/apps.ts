// What the two apps are to those who deploy them: variables, routes, and whether they would start.

import { buildApp as buildStateful } from '../../apps/stateful-api/src/app.ts';
import { readConfig as readStateful, VARIABLES as STATEFUL } from '../../apps/stateful-api/src/config.ts';
import { buildApp as buildStateless } from '../../apps/stateless-api/src/app.ts';
import { readConfig as readStateless, VARIABLES as STATELESS } from '../../apps/stateless-api/src/config.ts';

export type Environment = Readonly<Record<string, string>>;

const APPS = {
  'stateless-api': {
    variables: STATELESS,
    read: readStateless,
    build: (env: Environment) =>
      buildStateless(readStateless({ LOG_LEVEL: 'silent', JWT_SECRET: 'x'.repeat(32), ...env })),
  },
  'stateful-api': {
    variables: STATEFUL,
    read: readStateful,
    build: (env: Environment) => buildStateful(readStateful({ LOG_LEVEL: 'silent', ...env })),
  },
} as const;

export type AppName = keyof typeof APPS;
export const APP_NAMES = Object.keys(APPS) as AppName[];

/** The app that an image of ours runs, whatever its registry and tag. */
export function appOf(image: string): AppName | undefined {
  const [, name] = /(?:^|\/)statecraft\/([\w-]+)[:@]/.exec(image) ?? [];
  return APP_NAMES.find((app) => app === name);
}

/** Names that the app does not know: a typing error would be a setting that silently does nothing. */
export function unknownVariables(app: AppName, env: Environment): string[] {
  const { variables } = APPS[app];
  const known = Object.entries(variables).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env).filter((name) => !known.includes(name));
}

/** As the app reads it at boot. @throws ConfigError with every problem. */
export const readConfig = (app: AppName, env: Environment) => APPS[app].read(env);

/** GET /metrics, after a request. */
export async function metricsOf(app: AppName, env: Environment = {}): Promise<string> {
  const built = await APPS[app].build(env);
  try {
    await built.inject('/health');
    return (await built.inject('/metrics')).body;
  } finally {
    await built.close();
  }
}

/** Whether the app has that route. */
export async function answers(app: AppName, path: string, method = 'GET'): Promise<boolean> {
  const built = await APPS[app].build({});
  try {
    await built.ready();
    return built.hasRoute({ method, url: path });
  } finally {
    await built.close();
  }
}
