// A site that binds sessions to devices: two processes of the stateful API on one Redis, behind the real gateway with
// TLS. The gateway sends each request to the next server.

import { createHash, X509Certificate } from 'node:crypto';
import { freePort, type NodeProcess, startNode, startRedis } from '../../infra/dev/src/index.ts';
import { type Gateway, startNginx } from '../../infra/nginx/src/index.ts';

/** s; what `Max-Age` of the device cookie is. */
const LIFETIME_SECONDS = 1;
/** ms that a server accepts a device token beyond that: the browser counts from the arrival of the answer. */
export const LEEWAY_MS = 5_000;

export interface Site {
  /** The API behind the gateway: `https://localhost:<port>/api/stateful`. */
  readonly url: string;
  /** The file of the certificate, for curl. */
  readonly certificate: string;
  /** Base64 of the SHA-256 of the certificate's public key: a browser that gets it trusts the certificate. */
  readonly keyHash: string;
  /** Ends both servers with SIGKILL, runs `meanwhile`, and starts them again on their ports. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startSite(): Promise<Site> {
  const redis = await startRedis();
  const ports = [await freePort(), await freePort()];
  const startServers = async () => {
    const servers = ports.map((port) => startServer(port, redis.url));
    await Promise.all(servers.map(({ url }) => url));
    return servers;
  };
  let servers = await startServers();
  const stopServers = () => Promise.all(servers.map((server) => server.stop()));
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const gateway = await startNginx({
    // The gateway must have some; no test asks them.
    stateless: addresses,
    stateful: addresses,
    affinity: 'none',
    signInsPerSecond: 'off',
  });
  return {
    url: `https://localhost:${new URL(gateway.httpsUrl).port}/api/stateful`,
    certificate: `${gateway.folder}/tls/gateway.crt`,
    keyHash: hashPublicKey(gateway),
    async restart(meanwhile) {
      await stopServers();
      await meanwhile();
      servers = await startServers();
    },
    async stop() {
      await gateway.stop();
      await stopServers();
      await redis.stop();
    },
  };
}

const startServer = (port: number, redisUrl: string): NodeProcess =>
  startNode(new URL('../../apps/stateful-api/src/main.ts', import.meta.url), {
    env: {
      PORT: String(port),
      TRUST_PROXY: '127.0.0.1',
      DEMO_USERS: '1',
      PASSWORD_MEMORY_KIB: '8',
      DOCS: '0',
      SESSION_STORE: 'redis',
      REDIS_URL: redisUrl,
      SESSION_DEVICE_BOUND: '1',
      SESSION_DEVICE_LIFETIME_SECONDS: String(LIFETIME_SECONDS),
    },
  });

function hashPublicKey({ certificate }: Gateway): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
