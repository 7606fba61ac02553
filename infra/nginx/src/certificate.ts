// A self-signed certificate for development: ECDSA P-256, valid for the names of this machine.

import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { findExecutable, howToInstall } from '@statecraft/infra-dev';
import { GatewayError } from './errors.ts';

export interface CertificateFiles {
  /** PEM */
  readonly certificate: string;
  /** PEM, mode 600. */
  readonly key: string;
}

const DEFAULTS = { hosts: ['localhost', '127.0.0.1', '::1'], days: 365 };

export const listCertificateFiles = (folder: string): CertificateFiles => ({
  certificate: join(folder, 'gateway.crt'),
  key: join(folder, 'gateway.key'),
});

/**
 * The files in `folder`; makes them if they are missing or expired. @throws GatewayError 3 without openssl, 1 if it
 * fails.
 */
export function ensureCertificate(
  folder: string,
  options: { hosts?: readonly string[]; days?: number } = {},
): CertificateFiles {
  const files = listCertificateFiles(folder);
  if (!isValid(files)) makeCertificate(folder, options);
  return files;
}

function isValid({ certificate, key }: CertificateFiles): boolean {
  if (!existsSync(certificate) || !existsSync(key)) return false;
  return new X509Certificate(readFileSync(certificate)).validToDate.getTime() > Date.now();
}

/** Overwrites existing files. @throws like ensureCertificate. */
export function makeCertificate(
  folder: string,
  { hosts = DEFAULTS.hosts, days = DEFAULTS.days }: { hosts?: readonly string[]; days?: number } = {},
): CertificateFiles {
  const openssl = findExecutable('openssl');
  if (openssl === undefined)
    throw new GatewayError(
      3,
      `openssl makes the certificate, and it is not on the PATH. Install it: ${howToInstall('openssl')}`,
    );
  const files = listCertificateFiles(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`).join(',');
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256'];
  args.push('-days', String(days), '-subj', `/CN=${hosts[0] ?? 'localhost'}`, '-addext', `subjectAltName=${names}`);
  args.push('-keyout', files.key, '-out', files.certificate);
  const { status, stderr } = spawnSync(openssl, args, { encoding: 'utf8' });
  if (status !== 0) throw new GatewayError(1, `openssl could not make a certificate in ${folder}:\n${stderr.trim()}`);
  chmodSync(files.key, 0o600);
  return files;
}
