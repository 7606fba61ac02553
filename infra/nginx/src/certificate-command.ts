// npm run gateway:certificate: a self-signed certificate for the gateway, in development and in compose.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatCommand, readArguments, USAGE } from '@statecraft/infra-dev';
import { listCertificateFiles, makeCertificate } from './certificate.ts';
import { GatewayError } from './errors.ts';
import { TLS_FOLDER } from './gateway-options.ts';

const HELP = `${formatCommand('gateway:certificate', ['[options]'])}
Makes gateway.crt and gateway.key (ECDSA P-256, mode 600), signed by itself: for development and trials.
  --folder <folder>   where to; default infra/nginx/tls, which git ignores
  --host <name>       a name or address that it is valid for; may be repeated; default localhost, 127.0.0.1 and ::1
  --days <n>          how many days it is valid, 1 to 825; default 365
  --force             overwrites an existing one
Exit code: 0 made, 1 there is one already or it cannot be made, 3 no openssl, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: {
    folder: { type: 'string', default: TLS_FOLDER },
    host: { type: 'string', multiple: true, default: [] },
    days: { type: 'string', default: '365' },
    force: { type: 'boolean', default: false },
  },
});
process.exitCode = typeof given === 'number' ? given : writeCertificate(given.values);

interface CertificateOptions {
  readonly folder: string;
  readonly host: readonly string[];
  readonly days: string;
  readonly force: boolean;
}

function writeCertificate({ folder, host, days, force }: CertificateOptions): number {
  const wrong = host.find((name) => !/^[\w.:*-]{1,253}$/.test(name));
  if (wrong !== undefined) return refuse(`--host is "${wrong}"; it must be a host name or an address.`, USAGE);
  if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > 825)
    return refuse(`--days is "${days}"; it must be a whole number from 1 to 825.`, USAGE);
  const { certificate } = listCertificateFiles(resolve(folder));
  if (existsSync(certificate) && !force) return refuse(`${certificate} exists already. To overwrite it: --force`, 1);
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
