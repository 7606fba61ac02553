// The two apps as deployments see them: variables, routes, metrics, and whether they would start.

import { buildApp as buildStateful } from '../../apps/stateful-api/src/app.ts';
import { readConfig as readStateful, VARIABLES as STATEFUL } from '../../apps/stateful-api/src/config.ts';
import { buildApp as buildStateless } from '../../apps/stateless-api/src/app.ts';
import { readConfig as readStateless, VARIABLES as STATELESS } from '../../apps/stateless-api/src/config.ts';

export type Environment = Readonly<Record<string, string>>;

const SECRET = 'a-secret-of-the-tests-0123456789-0123';

const APPS = {
  'stateless-api': {
    variables: STATELESS,
    read: readStateless,
    build: (env: Environment) =>
      buildStateless(readStateless({ LOG_LEVEL: 'silent', AUTH_EVENTS: '0', JWT_SECRET: SECRET, ...env })),
  },
  'stateful-api': {
    variables: STATEFUL,
    read: readStateful,
    build: (env: Environment) => buildStateful(readStateful({ LOG_LEVEL: 'silent', AUTH_EVENTS: '0', ...env })),
  },
} as const;

export type AppName = keyof typeof APPS;
export const APP_NAMES = Object.keys(APPS) as AppName[];

/** Returns the app that an image of this repository runs, with any registry and tag. */
export function readAppName(image: string): AppName | undefined {
  const [, name] = /(?:^|\/)statecraft\/([\w-]+)[:@]/.exec(image) ?? [];
  return APP_NAMES.find((app) => app === name);
}

/** Names that the app does not read: a typing error would be a setting without effect. */
export function findUnknownVariables(app: AppName, env: Environment): string[] {
  const { variables } = APPS[app];
  const known = Object.entries(variables).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env).filter((name) => !known.includes(name));
}

/** Reads the configuration as the app does at startup. @throws ConfigError with every problem. */
export const readConfig = (app: AppName, env: Environment) => APPS[app].read(env);

/** Returns the answer of GET /metrics, after one request. */
export async function readMetrics(app: AppName, env: Environment = {}): Promise<string> {
  const built = await APPS[app].build(env);
  try {
    await built.inject('/health');
    return (await built.inject('/metrics')).body;
  } finally {
    await built.close();
  }
}

/** Tells whether the app has this route. */
export async function hasRoute(app: AppName, path: string, method = 'GET'): Promise<boolean> {
  const built = await APPS[app].build({});
  try {
    await built.ready();
    return built.hasRoute({ method, url: path });
  } finally {
    await built.close();
  }
}
