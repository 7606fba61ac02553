// Where the users are. service-kit reads it from DATABASE_URL.

/** `path`: a file, or `:memory:` for a database that ends with the process. */
export interface SqliteAddress {
  readonly kind: 'sqlite';
  readonly path: string;
}

export interface PostgresAddress {
  readonly kind: 'postgres';
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  /** `require` encrypts only; `verify-ca` also checks the certificate, `verify-full` also the host's name in it. */
  readonly tls: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** Certificates that may sign the server's, PEM. Default: those of the system. */
  readonly ca?: string | undefined;
}

export type DatabaseAddress = SqliteAddress | PostgresAddress;

/** For messages: it holds no password. */
export function describeAddress(address: DatabaseAddress): string {
  if (address.kind === 'sqlite')
    return address.path === ':memory:' ? 'SQLite in memory' : `The SQLite file ${address.path}`;
  const { host, port, database } = address;
  return `PostgreSQL at ${host.startsWith('/') ? host : `${host}:${port}`}, database ${database}`;
}
