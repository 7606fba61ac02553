// What stands before the servers, embedded or nginx: one address, servers that come and go, affinity or none.

import { startNginx } from '@statecraft/infra-nginx';
import type { ServerProcess } from '../fleet/server-process.ts';
import type { Bench } from '../lab.ts';
import { startOwn } from '../own-process.ts';

export interface Gateway {
  /** Before the API's paths: `${url}/auth/me`. */
  readonly url: string;
  readonly pid: number;
  /** From now on these. */
  serve(servers: readonly ServerProcess[]): Promise<void>;
}

/** Ended with the bench. */
export async function startGateway(bench: Bench, servers: readonly ServerProcess[]): Promise<Gateway> {
  if (bench.options.gateway === 'nginx') return startReal(bench, servers);
  const gateway = await startEmbedded(bench);
  await gateway.serve(servers);
  return gateway;
}

async function startEmbedded(bench: Bench): Promise<Gateway> {
  const own = await startOwn('gateway', bench.side.affinity ? ['--affinity'] : []);
  bench.own(() => own.stop());
  return {
    url: own.hello.url,
    pid: own.pid,
    serve: (servers) => own.tell(servers.map(({ name, url }) => ({ name, url }))),
  };
}

/** nginx with the project's own configuration (docs/gateway.md). */
async function startReal(bench: Bench, servers: readonly ServerProcess[]): Promise<Gateway> {
  const { api, affinity } = bench.side;
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
  bench.own(() => nginx.stop());
  return {
    url: `${nginx.url}/api/${api}`,
    pid: nginx.pid,
    serve: (some) => nginx.reload(listsOf(some)),
  };
}
