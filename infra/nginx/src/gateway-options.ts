// The command line of the gateway, read and checked before anything starts.

import { fileURLToPath } from 'node:url';
import { formatCommand, readArguments, refuseUsage } from '@statecraft/infra-dev';
import type { CertificateFiles } from './certificate.ts';
import type { Servers } from './gateway-servers.ts';

export const TLS_FOLDER = fileURLToPath(new URL('../tls', import.meta.url));

const HELP = `${formatCommand('gateway', ['[options]'])}
Starts both APIs and nginx in front of them, prints what to try, and ends all of it at Ctrl-C.
  --stateless <n | servers>   how many stateless servers to start, or those that run: 127.0.0.1:3000,…  (default 1)
  --stateful <n | servers>    the same for the stateful API                                             (default 1)
  --affinity <cookie|none>    a user's requests go to one stateful server, or to each in turn           (default cookie)
  --redis                     sessions in Redis instead of each server's memory
  --http-port <port>          default 8080
  --https-port <port>         default 443, or 8443 if this user may not bind 443
  --certificate <file> --key <file>   PEM; default: a self-signed one in infra/nginx/tls, made if there is none
  --sign-ins <n | off>        sign-ins per second and address                                           (default 5)
  --check                     only writes the configuration and runs nginx -t on it
Variables of the apps are passed on (docs/configuration.md); for production see docs/gateway.md.
Exit code: 0 ended by Ctrl-C, 1 it could not start or all servers of an API ended, 3 nginx or openssl is missing,
64 wrong usage.`;

export interface GatewayCommand {
  readonly stateless: Servers;
  readonly stateful: Servers;
  readonly affinity: 'cookie' | 'none';
  readonly redis: boolean;
  readonly httpPort: number;
  /** undefined: 443, or 8443. */
  readonly httpsPort: number | undefined;
  /** undefined: the self-signed one. */
  readonly certificate: CertificateFiles | undefined;
  readonly signInsPerSecond: number | 'off';
  readonly check: boolean;
}

const MOST_SERVERS = 20;

/** @returns an exit code after everything has been printed: 0 for `--help`, 64 for wrong usage. */
export function readGatewayCommand(args: readonly string[]): GatewayCommand | number {
  const given = readArguments(args, {
    help: HELP,
    options: {
      stateless: { type: 'string', default: '1' },
      stateful: { type: 'string', default: '1' },
      affinity: { type: 'string', default: 'cookie' },
      redis: { type: 'boolean', default: false },
      'http-port': { type: 'string', default: '8080' },
      'https-port': { type: 'string' },
      certificate: { type: 'string' },
      key: { type: 'string' },
      'sign-ins': { type: 'string', default: '5' },
      check: { type: 'boolean', default: false },
    },
  });
  if (typeof given === 'number') return given;
  try {
    return parseValues(given.values);
  } catch (error) {
    return refuseUsage((error as Error).message, HELP);
  }
}

type Values = Record<string, string | boolean | undefined>;

function parseValues(values: Values): GatewayCommand {
  const { affinity, redis, check, certificate, key } = values;
  if (affinity !== 'cookie' && affinity !== 'none')
    throw new Error(`--affinity is "${affinity}"; it must be cookie or none.`);
  if ((certificate === undefined) !== (key === undefined)) throw new Error('--certificate and --key go together.');
  const httpsPort = values['https-port'] === undefined ? undefined : parsePort(values, 'https-port');
  const httpPort = parsePort(values, 'http-port');
  if (httpPort === httpsPort) throw new Error('--http-port and --https-port must be two ports.');
  return {
    stateless: parseServers(values, 'stateless'),
    stateful: parseServers(values, 'stateful'),
    affinity,
    redis: redis === true,
    httpPort,
    httpsPort,
    certificate: certificate === undefined ? undefined : { certificate: String(certificate), key: String(key) },
    signInsPerSecond: values['sign-ins'] === 'off' ? 'off' : parseWhole(values, 'sign-ins', 1, 9999),
    check: check === true,
  };
}

function parseServers(values: Values, name: string): Servers {
  const text = String(values[name]);
  if (/^\d+$/.test(text)) return parseWhole(values, name, 1, MOST_SERVERS);
  const servers = text.split(',').map((server) =>
    server
      .trim()
      .replace(/^http:\/\//, '')
      .replace(/\/$/, ''),
  );
  const wrong = servers.find((server) => !/^([\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/.test(server));
  if (wrong === undefined) return servers;
  throw new Error(
    `--${name}: "${wrong}" is not a server. Give the number to start, or host:port, several with commas.`,
  );
}

const parsePort = (values: Values, name: string): number => parseWhole(values, name, 1, 65_535);

function parseWhole(values: Values, name: string, least: number, most: number): number {
  const text = String(values[name]);
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`--${name} is "${text}"; it must be a whole number from ${least} to ${most}.`);
}
