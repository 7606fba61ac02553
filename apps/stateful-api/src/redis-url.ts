// REDIS_URL: one server, a master that Sentinels name, or a Cluster. The forms are those of other clients (Lettuce,
// redis-url-plus), because no standard has them.
//
//   redis://user:password@host:port/db
//   redis-sentinel://user:password@host:port,host:port/name/db?sentinelUsername=…&sentinelPassword=…
//   redis-cluster://user:password@host:port,host:port
//
// rediss, rediss-sentinel and rediss-cluster are the same over TLS. The user and the password are those of the Redis
// servers.

export interface RedisAddress {
  readonly kind: 'server' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  /** The name that the Sentinels give the master. */
  readonly name?: string;
  readonly db: number;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

export const REDIS_SCHEMES = 'redis, redis-sentinel, redis-cluster, or the same with rediss for TLS';

const PATTERN =
  /^redis(?<s>s?)(?:-(?<kind>sentinel|cluster))?:\/\/(?:(?<login>[^@/?]*)@)?(?<hosts>[^/?#]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;
const HOST = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<host>[\w.-]+))(?::(?<port>\d{1,5}))?$/;
const DEFAULT_PORTS = { server: 6379, sentinel: 26379, cluster: 6379 };
const SENTINEL_PARAMETERS = ['sentinelUsername', 'sentinelPassword'];

/** The address, or undefined for a text of another form. */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  const { s, kind = 'server', login = '', hosts = '', path = '', query = '' } = PATTERN.exec(text)?.groups ?? {};
  if (s === undefined || !isKind(kind)) return undefined;
  const parsedHosts = hosts.split(',').map((host) => parseHost(host, DEFAULT_PORTS[kind]));
  const credentials = parseLogin(login);
  const place = parsePath(kind, path.slice(1));
  const parameters = parseQuery(kind, query);
  if (parsedHosts.includes(undefined) || !credentials || !place || !parameters) return undefined;
  if (kind === 'server' && parsedHosts.length > 1) return undefined;
  return { kind, tls: s === 's', hosts: parsedHosts as RedisAddress['hosts'], ...credentials, ...place, ...parameters };
}

/** The hosts and the name, for messages: no user and no password. */
export function describeAddress({ kind, hosts, name }: RedisAddress): string {
  const list = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  if (kind === 'server') return `Redis at ${list}`;
  return kind === 'sentinel' ? `Redis ${name} of the Sentinels at ${list}` : `The Redis Cluster at ${list}`;
}

function isKind(text: string): text is RedisAddress['kind'] {
  return text in DEFAULT_PORTS;
}

function parseHost(text: string, defaultPort: number) {
  const { ipv6, host = ipv6, port = String(defaultPort) } = HOST.exec(text)?.groups ?? {};
  return host === undefined || Number(port) > 65_535 || Number(port) === 0 ? undefined : { host, port: Number(port) };
}

function parseLogin(login: string): Pick<RedisAddress, 'username' | 'password'> | undefined {
  try {
    const [username = '', ...rest] = login.split(':').map(decodeURIComponent);
    if (rest.length > 1) return undefined;
    const [password = ''] = rest;
    return { ...(username && { username }), ...(password && { password }) };
  } catch {
    return undefined;
  }
}

function parsePath(kind: RedisAddress['kind'], path: string): Pick<RedisAddress, 'name' | 'db'> | undefined {
  const parts = path === '' ? [] : path.split('/');
  const name = kind === 'sentinel' ? parts.shift() : undefined;
  const [db = '0', ...rest] = parts;
  if (rest.length > 0 || !/^\d{1,5}$/.test(db) || (kind === 'cluster' && db !== '0')) return undefined;
  if (kind !== 'sentinel') return { db: Number(db) };
  return name !== undefined && /^[\w.-]+$/.test(name) ? { name, db: Number(db) } : undefined;
}

function parseQuery(kind: RedisAddress['kind'], query: string): Partial<RedisAddress> | undefined {
  const parameters = [...new URLSearchParams(query)];
  const isKnown = kind === 'sentinel' && parameters.every(([name]) => SENTINEL_PARAMETERS.includes(name));
  return parameters.length === 0 || isKnown ? Object.fromEntries(parameters) : undefined;
}
