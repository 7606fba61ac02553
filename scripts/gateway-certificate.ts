// gateway:certificate: a certificate for this machine, signed by itself, for the gateway in development and in compose.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { certificateFilesIn, GatewayError, makeCertificate } from '../infra/nginx/src/index.ts';
import { readArguments, USAGE } from './arguments.ts';
import { TLS_FOLDER } from './gateway-options.ts';

const HELP = `npm run gateway:certificate [-- --folder <folder>] [--host <name>]… [--days <n>] [--force]
Makes gateway.crt and gateway.key (ECDSA P-256, mode 600), signed by itself: for development and trials.
  --folder   where to; default infra/nginx/tls, which git ignores
  --host     a name or address it is good for, several times; default localhost, 127.0.0.1 and ::1
  --days     it is good for so many days, 1 to 825; default 365
  --force    write over what is there
Exit code: 0 made, 1 there is one already or it cannot be made, 3 no openssl, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: {
    folder: { type: 'string' },
    host: { type: 'string', multiple: true },
    days: { type: 'string' },
    force: { type: 'boolean' },
  },
});
process.exitCode = typeof given === 'number' ? given : make(given.values);

interface Wishes {
  folder?: string;
  host?: string[];
  days?: string;
  force?: boolean;
}

function make({ folder = TLS_FOLDER, host = [], days = '365', force = false }: Wishes): number {
  const wrong = host.find((name) => !/^[\w.:*-]{1,253}$/.test(name));
  if (wrong !== undefined) return refuse(`--host is "${wrong}"; it must be a host name or an address.`, USAGE);
  if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > 825)
    return refuse(`--days is "${days}"; it must be a whole number from 1 to 825.`, USAGE);
  const { certificate } = certificateFilesIn(resolve(folder));
  if (existsSync(certificate) && !force)
    return refuse(`${certificate} is there already. To make a new one in its place: --force`, 1);
  try {
    const made = makeCertificate(resolve(folder), { days: Number(days), ...(host.length > 0 ? { hosts: host } : {}) });
    console.log(`${made.certificate}\n${made.key}`);
    return 0;
  } catch (error) {
    if (error instanceof GatewayError) return refuse(error.message, error.exitCode);
    throw error;
  }
}

function refuse(line: string, code: number): number {
  console.error(line);
  return code;
}
