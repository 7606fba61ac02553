// What stands before the servers, embedded or nginx: one address, servers that come and go, affinity or none.

import { startNginx } from '@statecraft/infra-nginx';
import type { ExperimentContext } from '../context/lab.ts';
import { startHelper } from './helper.ts';
import type { ServerProcess } from './server.ts';

export interface Gateway {
  /** Before the API's paths: `${url}/auth/me`. */
  readonly url: string;
  readonly pid: number;
  /** From now on these. */
  serve(servers: readonly ServerProcess[]): Promise<void>;
}

/** Ended with the context. */
export async function startGateway(context: ExperimentContext, servers: readonly ServerProcess[]): Promise<Gateway> {
  if (context.options.gateway === 'nginx') return startReal(context, servers);
  const gateway = await startEmbedded(context);
  await gateway.serve(servers);
  return gateway;
}

async function startEmbedded(context: ExperimentContext): Promise<Gateway> {
  const own = await startHelper('gateway', context.side.affinity ? ['--affinity'] : []);
  context.own(() => own.stop());
  return {
    url: own.hello.url,
    pid: own.pid,
    serve: (servers) => own.tell(servers.map(({ name, url }) => ({ name, url }))),
  };
}

/** nginx with the project's own configuration (docs/gateway.md). */
async function startReal(context: ExperimentContext, servers: readonly ServerProcess[]): Promise<Gateway> {
  const { api, affinity } = context.side;
  // Both lists must name somebody; nobody asks the other API.
  const listsOf = (some: readonly ServerProcess[]) => {
    const urls = some.map(({ url }) => url);
    return { stateless: urls, stateful: urls };
  };
  const nginx = await startNginx({
    ...listsOf(servers),
    affinity: affinity ? 'cookie' : 'none',
    signInsPerSecond: 'off',
    accessLog: 'off',
    workers: 1,
  });
  context.own(() => nginx.stop());
  return {
    url: `${nginx.url}/api/${api}`,
    pid: nginx.pid,
    serve: (some) => nginx.reload(listsOf(some)),
  };
}
