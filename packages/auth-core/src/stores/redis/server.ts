// What kind of server a client is connected to. The store needs a master: a replica answers old sessions and refuses
// writes.

import type { Redis } from 'ioredis';
import { AuthError } from '../../errors.ts';

export interface ServerKind {
  readonly mode: string;
  readonly isMaster: boolean;
  /** Differs for each start of a server. Empty if it is not known. */
  readonly runId: string;
}

/** From INFO. A server that refuses it (a proxy, an ACL) counts as a master. */
export async function readServerKind(client: Redis): Promise<ServerKind> {
  try {
    const [server, replication] = await Promise.all([client.info('server'), client.info('replication')]);
    return {
      // Valkey calls it server_mode.
      mode: readInfo(server, '(?:redis|server)_mode'),
      isMaster: readInfo(replication, 'role') !== 'slave',
      runId: readInfo(server, 'run_id'),
    };
  } catch (error) {
    if (/NOPERM|unknown command/i.test(String(error))) return { mode: '', isMaster: true, runId: '' };
    throw error;
  }
}

/**
 * @throws ERR_OPTION_INVALID for a Sentinel and for a node of a Cluster; ERR_STORE_UNAVAILABLE for a replica; the
 * client's error if there is no answer
 */
export async function requireMaster(client: Redis): Promise<ServerKind> {
  const kind = await readServerKind(client);
  if (kind.mode === 'sentinel') {
    const advice = 'Connect with new Redis({ sentinels, name }), or redis-sentinel:// in the stateful API.';
    throw new AuthError('ERR_OPTION_INVALID', `The Redis server is a Sentinel, which keeps no sessions. ${advice}`);
  }
  if (kind.mode === 'cluster') {
    const advice = 'Connect with new Cluster(nodes), or redis-cluster:// in the stateful API.';
    throw new AuthError('ERR_OPTION_INVALID', `The Redis server is a node of a Cluster. ${advice}`);
  }
  if (!kind.isMaster) {
    throw new AuthError('ERR_STORE_UNAVAILABLE', 'The Redis server is a replica. Connect to the master.');
  }
  return kind;
}

function readInfo(text: string, name: string): string {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1] ?? '';
}
