// The gateway before the servers, embedded or nginx: one address, servers that come and go, with or without affinity.

import { startNginx } from '@statecraft/infra-nginx';
import type { ExperimentContext } from '../contracts/context.ts';
import { startHelper } from './helper.ts';
import type { ServerProcess } from './server.ts';

export interface Gateway {
  /** Before the paths of the API: `${url}/auth/me`. */
  readonly url: string;
  /** Replaces the servers behind it. */
  serve(servers: readonly ServerProcess[]): Promise<void>;
}

/** Ended with the context. */
export async function startGateway(context: ExperimentContext, servers: readonly ServerProcess[]): Promise<Gateway> {
  if (context.options.gateway === 'nginx') return startRealNginx(context, servers);
  const { affinity, overTls } = context.side;
  const helper = await startHelper('gateway', [...(affinity ? ['--affinity'] : []), ...(overTls ? ['--tls'] : [])]);
  context.onEnd(() => helper.stop());
  const gateway: Gateway = {
    url: helper.url,
    serve: (some) => helper.send(some.map(({ name, url }) => ({ name, url }))),
  };
  await gateway.serve(servers);
  return gateway;
}

/** nginx with the configuration of this project (docs/gateway.md). */
async function startRealNginx(context: ExperimentContext, servers: readonly ServerProcess[]): Promise<Gateway> {
  const { api, affinity, overTls } = context.side;
  // nginx needs servers for both APIs, also for the one that gets no request.
  const listServers = (some: readonly ServerProcess[]) => {
    const urls = some.map(({ url }) => url);
    return { stateless: urls, stateful: urls };
  };
  const nginx = await startNginx({
    ...listServers(servers),
    affinity: affinity ? 'cookie' : 'none',
    signInsPerSecond: 'off',
    accessLog: 'off',
    workers: 1,
  });
  context.onEnd(() => nginx.stop());
  return {
    url: `${overTls ? nginx.httpsUrl : nginx.url}/api/${api}`,
    serve: (some) => nginx.reload(listServers(some)),
  };
}
