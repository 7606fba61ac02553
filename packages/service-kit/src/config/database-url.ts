// DATABASE_URL: where the users are.
//
//   sqlite:<path>   sqlite::memory:   postgres://user:password@host:port/database?sslmode=verify-full

interface SqliteAddress {
  readonly kind: 'sqlite';
  /** A file, or `:memory:`. */
  readonly path: string;
}

interface PostgresAddress {
  readonly kind: 'postgres';
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: SslMode;
}

export type DatabaseAddress = SqliteAddress | PostgresAddress;

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

const POSTGRES_FORM = 'postgres://user:password@host:port/database';
const ENCODING = 'characters such as / # ? @ in a password are %-encoded';
const DEFAULT_PORT = 5432;

/** @throws Error that says what is wrong and quotes nothing that could be a password */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  if (/^sqlite:/i.test(text)) return parseSqlite(text.slice('sqlite:'.length));
  if (/^postgres(ql)?:\/\//i.test(text)) return parsePostgres(text);
  throw new Error(
    `must begin with sqlite: or postgres://, such as sqlite:/var/lib/shop/users.sqlite or ${POSTGRES_FORM}`,
  );
}

function parseSqlite(rest: string): SqliteAddress {
  // sqlite:///var/users.sqlite is the same as sqlite:/var/users.sqlite.
  const path = rest.replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.startsWith('//') || path.includes('\0'))
    throw new Error('must name a file after sqlite:, such as sqlite:/var/lib/shop/users.sqlite');
  return { kind: 'sqlite', path };
}

function parsePostgres(text: string): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new Error(`is not a URL of the form ${POSTGRES_FORM}; ${ENCODING}`);
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decode);
  const parameters = url.searchParams;
  if ((url.hostname === '' && !parameters.has('host')) || !user || !database || database.includes('/'))
    throw new Error(`must name a user, a host and a database: ${POSTGRES_FORM}; ${ENCODING}`);
  const { socket, tls } = readParameters(parameters);
  const host = socket ?? url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    ...{ kind: 'postgres', host, port: url.port === '' ? DEFAULT_PORT : Number(url.port), user },
    ...{ password: password === '' ? undefined : password, database, tls },
  };
}

function readParameters(parameters: URLSearchParams): { socket: string | undefined; tls: SslMode } {
  // The name is not quoted: what follows a `?` in a password that is not encoded is read as one.
  if ([...parameters.keys()].some((name) => name !== 'sslmode' && name !== 'host'))
    throw new Error('has a parameter other than sslmode, and host for a Unix socket');
  const mode = parameters.get('sslmode') ?? 'disable';
  const tls = SSL_MODES.find((known) => known === mode);
  if (tls === undefined) throw new Error(`has an sslmode other than ${SSL_MODES.join(', ')}`);
  const socket = parameters.get('host') ?? undefined;
  if (socket !== undefined && !socket.startsWith('/'))
    throw new Error('has a host= that is not the folder of a socket');
  return { socket, tls };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error('has a % that is not followed by two hexadecimal digits; a percent sign is written %25');
  }
}
