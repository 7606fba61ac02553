// What stands before the servers, embedded or nginx: one address, servers that come and go, affinity or none.

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
