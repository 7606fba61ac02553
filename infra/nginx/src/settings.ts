// The settings of the gateway: options here, GATEWAY_ variables for render.sh, which checks them.

export interface GatewaySettings {
  /** Servers of the stateless API, which take requests in turn: `http://127.0.0.1:3000` or `127.0.0.1:3000`. */
  readonly stateless: readonly string[];
  /** Servers of the stateful API. */
  readonly stateful: readonly string[];
  /** `cookie` (default): a user's requests go to one server while it runs; `none`: to each in turn. */
  readonly affinity?: 'cookie' | 'none';
  /** A name server: the servers are then names, looked up every `resolverSeconds` (default 5). */
  readonly resolver?: string;
  readonly resolverSeconds?: number;
  /** Address to listen on. Default 127.0.0.1. */
  readonly address?: string;
  /** Default 8080. */
  readonly httpPort?: number;
  /** Default 8443. */
  readonly httpsPort?: number;
  /** PEM files. Without them there is no HTTPS. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
  /** A port for metrics, on the same address. Default: none. */
  readonly metricsPort?: number;
  /**
   * `serve` (default here, for development): plain HTTP is answered like HTTPS. `redirect` (default of render.sh): it
   * is answered with 308 to HTTPS, except health checks.
   */
  readonly plainHttp?: 'redirect' | 'serve';
  /** The HTTPS port that clients use, for redirects. Default 443. */
  readonly publicHttpsPort?: number;
  /** `max-age` of Strict-Transport-Security, s; 0 leaves the header out. Default a year. */
  readonly hstsSeconds?: number;
  /** Addresses and CIDR blocks of proxies in front of the gateway. Their X-Forwarded-For and -Proto are trusted. */
  readonly trustProxy?: readonly string[];
  /**
   * Sign-ins and registrations per address and second, with bursts of four times as many. Default 5; `off` for load
   * tests.
   */
  readonly signInsPerSecond?: number | 'off';
  /** The largest body, bytes. Default 1 MiB, as in the apps. */
  readonly bodyLimitBytes?: number;
  /** How long a server may take to answer, s. Default 30. */
  readonly answerSeconds?: number;
  readonly workers?: number | 'auto';
  /** `x-served-by` of the gateway's own answers. */
  readonly instanceId?: string;
  /** The file of the access log, relative to the gateway's folder, or `off`. Default logs/access.log. */
  readonly accessLog?: string;
  /** The nginx to use. Default: the one on the PATH. */
  readonly nginx?: string;
}

/** Without the GATEWAY_ variables of this process: only the settings count. */
export function formatEnvironment(settings: GatewaySettings): Record<string, string> {
  const { stateless, stateful, certificate, trustProxy, accessLog = 'logs/access.log' } = settings;
  const values: Record<string, string | number | undefined> = {
    GATEWAY_STATELESS: stateless.map(stripScheme).join(','),
    GATEWAY_STATEFUL: stateful.map(stripScheme).join(','),
    GATEWAY_AFFINITY: settings.affinity,
    GATEWAY_RESOLVER: settings.resolver,
    GATEWAY_RESOLVER_SECONDS: settings.resolverSeconds,
    GATEWAY_ADDRESS: settings.address,
    GATEWAY_HTTP_PORT: settings.httpPort,
    GATEWAY_HTTPS_PORT: settings.httpsPort,
    GATEWAY_METRICS_PORT: settings.metricsPort,
    GATEWAY_PLAIN_HTTP: settings.plainHttp ?? 'serve',
    GATEWAY_PUBLIC_HTTPS_PORT: settings.publicHttpsPort,
    GATEWAY_CERTIFICATE: certificate?.certificate,
    GATEWAY_CERTIFICATE_KEY: certificate?.key,
    GATEWAY_HSTS_SECONDS: settings.hstsSeconds,
    GATEWAY_TRUST_PROXY: trustProxy?.join(','),
    GATEWAY_SIGN_INS_PER_SECOND: settings.signInsPerSecond,
    GATEWAY_BODY_LIMIT_BYTES: settings.bodyLimitBytes,
    GATEWAY_ANSWER_SECONDS: settings.answerSeconds,
    GATEWAY_WORKERS: settings.workers,
    GATEWAY_INSTANCE_ID: settings.instanceId,
    GATEWAY_ACCESS_LOG: accessLog,
    GATEWAY_ERROR_LOG: 'logs/nginx.log',
    GATEWAY_NGINX: settings.nginx,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

const stripScheme = (server: string): string => server.replace(/^http:\/\//, '').replace(/\/$/, '');
