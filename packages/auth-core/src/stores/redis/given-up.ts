// ioredis gives a client up for good if its connection is replaced while it asks a Sentinel for the master. A failover
// does that: the connection to the old master ends, the client asks for the new one, and just then a Sentinel reports
// it (failoverDetector).
//
//   connecting ──> end                             given up: connect again
//   connecting ──> connect ──> … close ──> end     the application has disconnected

import type { Redis } from 'ioredis';

export interface GivenUpWatch {
  /** Whether the client has ended without having reached a server since it last began to connect. */
  hasGivenUp(): boolean;
  close(): void;
}

export function watchGivenUp(client: Redis): GivenUpWatch {
  let isAsking = false;
  const begin = () => {
    isAsking = true;
  };
  const reach = () => {
    isAsking = false;
  };
  client.on('connecting', begin).on('connect', reach).on('close', reach);
  return {
    hasGivenUp: () => client.status === 'end' && isAsking,
    close: () => void client.off('connecting', begin).off('connect', reach).off('close', reach),
  };
}
