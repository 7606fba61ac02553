// What `pnpm gateway` can be told, read and checked before anything is started.

import { fileURLToPath } from 'node:url';
import { readArguments, USAGE } from './arguments.ts';

export const TLS_FOLDER = fileURLToPath(new URL('../infra/nginx/tls', import.meta.url));

const HELP = `npm run gateway [-- options]
Starts both APIs and nginx in front of them, prints what to try, and ends all of it at Ctrl-C.
  --stateless <n | servers>   so many stateless servers, or those that run already: 127.0.0.1:3000,…  (default 1)
  --stateful <n | servers>    the same for the stateful API                                           (default 1)
  --affinity <cookie|none>    a user's requests to one stateful server, or to each in turn            (default cookie)
  --redis                     sessions in Redis instead of each server's memory
  --http-port <port>          default 8080
  --https-port <port>         default 443, and 8443 where this user may not bind 443
  --certificate <file> --key <file>   PEM; default: one of this machine's own, made in infra/nginx/tls
  --sign-ins <n | off>        sign-ins per second and address                                         (default 5)
  --check                     only writes the configuration and runs nginx -t on it
Variables of the apps pass on to them (README.md); for production see docs/gateway.md.
Exit code: 0 ended by Ctrl-C, 1 it could not start or all servers of an API ended, 3 nginx or openssl is missing,
64 wrong usage.`;

/** How many to start, or where those are that run already. */
export type Servers = number | readonly string[];

export interface GatewayWishes {
  readonly stateless: Servers;
  readonly stateful: Servers;
  readonly affinity: 'cookie' | 'none';
  readonly redis: boolean;
  readonly httpPort: number;
  /** undefined: 443, or 8443. */
  readonly httpsPort: number | undefined;
  /** undefined: our own. */
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
  readonly signInsPerSecond: number | 'off';
  readonly check: boolean;
}

const MOST = 20;

/** The exit code when all is said: 0 after --help, 64 for wrong usage. */
export function readWishes(args: readonly string[]): GatewayWishes | number {
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
    return wishesOf(given.values);
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    return USAGE;
  }
}

type Values = Record<string, string | boolean | undefined>;

function wishesOf(values: Values): GatewayWishes {
  const { affinity, redis, check, certificate, key } = values;
  if (affinity !== 'cookie' && affinity !== 'none')
    throw new Error(`--affinity is "${affinity}"; it must be cookie or none.`);
  if ((certificate === undefined) !== (key === undefined)) throw new Error('--certificate and --key go together.');
  const httpsPort = values['https-port'] === undefined ? undefined : portIn(values, 'https-port');
  const httpPort = portIn(values, 'http-port');
  if (httpPort === httpsPort) throw new Error('--http-port and --https-port must be two ports.');
  return {
    stateless: serversIn(values, 'stateless'),
    stateful: serversIn(values, 'stateful'),
    affinity,
    redis: redis === true,
    httpPort,
    httpsPort,
    certificate: certificate === undefined ? undefined : { certificate: String(certificate), key: String(key) },
    signInsPerSecond: values['sign-ins'] === 'off' ? 'off' : wholeIn(values, 'sign-ins', 1, 9999),
    check: check === true,
  };
}

function serversIn(values: Values, name: string): Servers {
  const text = String(values[name]);
  if (/^\d+$/.test(text)) return wholeIn(values, name, 1, MOST);
  const servers = text.split(',').map((server) =>
    server
      .trim()
      .replace(/^http:\/\//, '')
      .replace(/\/$/, ''),
  );
  const wrong = servers.find((server) => !/^([\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/.test(server));
  if (wrong === undefined) return servers;
  throw new Error(`--${name}: "${wrong}" is no server; say how many to start, or host:port, several with commas.`);
}

const portIn = (values: Values, name: string): number => wholeIn(values, name, 1, 65_535);

function wholeIn(values: Values, name: string, least: number, most: number): number {
  const text = String(values[name]);
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`--${name} is "${text}"; it must be a whole number from ${least} to ${most}.`);
}
