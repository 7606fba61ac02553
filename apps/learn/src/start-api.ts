// Starts one of the two APIs as a process of its own, on a free port, for the time of a check.

import { startNode } from '@statecraft/infra-dev';

export interface RunningApi extends AsyncDisposable {
  readonly url: string;
  /** Ends the process without a warning, as `kill -9` does. */
  kill(): Promise<void>;
}

/** Cheap passwords: the exercises are about sessions. */
const SETTINGS = { PORT: '0', LOG_LEVEL: 'warn', PASSWORD_MEMORY_KIB: '8', NODE_ENV: 'development' };

/** @param env more variables of the app (docs/configuration.md) */
export async function startApi(
  app: 'stateless-api' | 'stateful-api',
  env: Record<string, string> = {},
): Promise<RunningApi> {
  const file = new URL(`../../${app}/src/main.ts`, import.meta.url);
  const server = startNode(file, { env: { ...SETTINGS, ...env } });
  return {
    url: await server.url,
    kill: () => server.stop('SIGKILL'),
    [Symbol.asyncDispose]: () => server.stop('SIGKILL'),
  };
}
