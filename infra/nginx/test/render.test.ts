// From variables to a configuration: nginx accepts it, invalid values are refused, and docs/gateway.md lists each
// variable.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findExecutable, freePort } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkGateway, ensureCertificate, makeCertificate } from '../src/index.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const script = fileURLToPath(new URL('../render.sh', import.meta.url));
let folder: string;
let tls: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'statecraft-render-'));
  const { certificate, key } = ensureCertificate(join(folder, 'a folder', 'tls'));
  tls = { GATEWAY_CERTIFICATE: certificate, GATEWAY_CERTIFICATE_KEY: key };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The one that the project fetched is not on the PATH. */
const findNginx = () => findExecutable('nginx') ?? 'nginx';

/**
 * Plain HTTP is served unless `env` says otherwise, so that a certificate is not needed.
 * @param version of the nginx that the script finds; without it, the real one.
 */
function render(env: Record<string, string>, version?: string) {
  const out = mkdtempSync(join(folder, 'out-'));
  const fake = join(out, 'nginx');
  if (version !== undefined)
    writeFileSync(fake, `#!/bin/sh\necho "nginx version: nginx/${version}" >&2\n`, { mode: 0o755 });
  const own = {
    PATH: process.env.PATH ?? '',
    GATEWAY_PLAIN_HTTP: 'serve',
    GATEWAY_NGINX: version === undefined ? findNginx() : fake,
    ...env,
  };
  const { status, stderr } = spawnSync('sh', [script, out], { env: own, encoding: 'utf8' });
  return { out, status, stderr, file: (name: string) => readFileSync(join(out, name), 'utf8') };
}

describe('nginx -t finds no error and gives no warning', () => {
  it.each<[string, Record<string, string>]>([
    ['with nothing set', {}],
    ['without affinity', { GATEWAY_AFFINITY: 'none' }],
    ['without a limit of sign-ins, without a log', { GATEWAY_SIGN_INS_PER_SECOND: 'off', GATEWAY_ACCESS_LOG: 'off' }],
    ['without HSTS', { GATEWAY_HSTS_SECONDS: '0' }],
    ['with many servers', { GATEWAY_STATELESS: '127.0.0.1:1,127.0.0.1:2', GATEWAY_STATEFUL: '127.0.0.1:3 [::1]:4' }],
    ['behind proxies', { GATEWAY_TRUST_PROXY: '10.0.0.0/8,192.0.2.1,fd00::/8' }],
    ['behind a proxy that ends TLS', { GATEWAY_TRUST_PROXY: '10.0.0.0/8', GATEWAY_PLAIN_HTTP: 'redirect' }],
    ['with metrics', { GATEWAY_METRICS_PORT: '9113' }],
    ['on all addresses', { GATEWAY_ADDRESS: '0.0.0.0' }],
    ['on all addresses of both families', { GATEWAY_ADDRESS: '[::]' }],
  ])('%s', (_what, env) => {
    for (const certificate of [{}, tls]) {
      const { out, status, stderr } = render({ ...certificate, ...env });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(checkGateway(out)).toBe('');
    }
  });
});

describe('the version of nginx', () => {
  it('decides how HTTP/2 is enabled', () => {
    expect(render(tls, '1.22.1').file('https.conf')).toMatch(/listen .* ssl http2;/);
    for (const version of ['1.25.1', '1.30.6']) {
      const file = render(tls, version).file('https.conf');
      expect(file).toMatch(/listen .* ssl;\n\s+http2 on;/);
    }
  });

  it('decides how servers are looked up by name', () => {
    const env = {
      GATEWAY_RESOLVER: '127.0.0.11',
      GATEWAY_STATEFUL: 'stateful-api:3001',
      GATEWAY_STATELESS: 'stateless-api:3000',
    };
    const now = render(env, '1.27.3');
    expect(now.file('upstreams.conf')).toContain('server stateful-api:3001 max_fails=1 fail_timeout=2s resolve;');
    expect(now.file('upstreams.conf')).toContain('hash $affinity_key consistent;');
    const before = render({ ...env, GATEWAY_AFFINITY: 'none' }, '1.27.2');
    expect(before.file('upstreams-by-name.conf')).toContain('"stateful-api:3001"');
    expect(before.file('nginx.conf')).toContain('include upstreams-by-name.conf;');
    expect(before.file('nginx.conf')).toContain('resolver 127.0.0.11 valid=5s ipv6=off;');
  });

  it('must be 1.27.3 for affinity with servers by name; older ones are refused', () => {
    const { status, stderr } = render({ GATEWAY_RESOLVER: '127.0.0.11' }, '1.22.1');
    expect(status).toBe(64);
    expect(stderr).toContain('use nginx 1.27.3 or later, or GATEWAY_AFFINITY=none');
  });
});

describe('the families of addresses', () => {
  const env = { GATEWAY_RESOLVER: '127.0.0.11', GATEWAY_AFFINITY: 'none' };

  it('names have IPv4 addresses only, if the gateway listens on IPv4', () => {
    const file = render({ ...env, GATEWAY_ADDRESS: '0.0.0.0' }, '1.30.0').file('nginx.conf');
    expect(file).toContain('valid=5s ipv6=off;');
  });

  it('names have addresses of both families, if the gateway listens on both', () => {
    const file = render({ ...env, GATEWAY_ADDRESS: '[::]' }, '1.30.0').file('nginx.conf');
    expect(file).toContain('valid=5s;');
    expect(file).toContain('listen [::]:8080 ipv6only=off;');
  });
});

describe('an invalid variable is refused with its name and 64, and nothing is written:', () => {
  it.each<[string, string, string]>([
    ['GATEWAY_STATELESS', '', 'names no server'],
    ['GATEWAY_STATEFUL', 'localhost', '"localhost" is no server'],
    ['GATEWAY_STATEFUL', '127.0.0.1:70000', '"127.0.0.1:70000" is no server'],
    ['GATEWAY_STATEFUL', '127.0.0.1:1;}', '"127.0.0.1:1;}" is no server'],
    ['GATEWAY_AFFINITY', 'sticky', 'cookie or none'],
    ['GATEWAY_RESOLVER', 'not a;server', 'no address of a name server'],
    ['GATEWAY_ADDRESS', '*;', 'an address to listen on'],
    ['GATEWAY_HTTP_PORT', '0', 'a port from 1 to 65535'],
    ['GATEWAY_HTTPS_PORT', 'https', 'a port from 1 to 65535'],
    ['GATEWAY_METRICS_PORT', '0', 'a port from 1 to 65535'],
    ['GATEWAY_PUBLIC_HTTPS_PORT', '', 'a port from 1 to 65535'],
    ['GATEWAY_PLAIN_HTTP', 'off', 'redirect or serve'],
    ['GATEWAY_PLAIN_HTTP', 'redirect', 'but there is no HTTPS'],
    ['GATEWAY_CERTIFICATE', '/nowhere/gateway.crt', 'is missing or cannot be read'],
    ['GATEWAY_CERTIFICATE_KEY', '/nowhere/gateway.key', 'is missing or cannot be read'],
    ['GATEWAY_HSTS_SECONDS', '1y', 'a whole number of seconds'],
    ['GATEWAY_TRUST_PROXY', '10.0.0.0/8;', 'neither an address nor a CIDR block'],
    ['GATEWAY_SIGN_INS_PER_SECOND', '0', 'a whole number from 1 to 9999, or off'],
    ['GATEWAY_BODY_LIMIT_BYTES', '1m', 'a whole number'],
    ['GATEWAY_ANSWER_SECONDS', '30s', 'a whole number'],
    ['GATEWAY_WORKERS', 'many', 'auto or a whole number'],
    ['GATEWAY_INSTANCE_ID', 'a"b', 'letters, digits'],
    ['GATEWAY_INSTANCE_ID', 'a\nb', 'letters, digits'],
    ['GATEWAY_ACCESS_LOG', '/tmp/x; daemon on', 'a file'],
    ['GATEWAY_ERROR_LOG', '/tmp/x"', 'a file'],
    ['GATEWAY_AFINITY', 'none', 'no variable of the gateway'],
  ])('%s=%j', (name, value, reason) => {
    const { status, stderr, file } = render({ [name]: value });
    expect(status).toBe(64);
    expect(stderr).toContain(name);
    expect(stderr).toContain(reason);
    expect(() => file('nginx.conf')).toThrow('ENOENT');
  });

  it('several in one run, with a line for each', () => {
    const { stderr } = render({ GATEWAY_AFFINITY: 'x', GATEWAY_WORKERS: 'y', GATEWAY_HTTP_PORT: 'z' });
    expect(stderr.trim().split('\n').length).toBe(3);
  });
});

it('variables that Kubernetes adds for a Service called gateway are ignored', () => {
  const { status } = render({
    GATEWAY_SERVICE_HOST: '10.0.0.1',
    GATEWAY_PORT: 'tcp://10.0.0.1:80',
    GATEWAY_PORT_80_TCP: 'x',
  });
  expect(status).toBe(0);
});

it('without nginx, render.sh ends with 3', () => {
  const { status, stderr } = render({ GATEWAY_NGINX: '/nowhere/nginx' });
  expect(status).toBe(3);
  expect(stderr).toContain('There is no nginx here (/nowhere/nginx).');
});

it('nginx -t refuses a key that belongs to another certificate', () => {
  const other = makeCertificate(join(folder, 'other'));
  const { out } = render({ ...tls, GATEWAY_CERTIFICATE_KEY: other.key });
  expect(() => checkGateway(out)).toThrow(/nginx -t found errors .*key values mismatch/s);
});

it('docs/gateway.md has a line for each variable with its default, and no other', () => {
  const defaults = Object.fromEntries(
    [...read('../render.sh').matchAll(/^: "\$\{(GATEWAY_\w+)=(.*)\}"$/gm)].map(([, name, value]) => [name, value]),
  );
  const others = { GATEWAY_NGINX: 'nginx', GATEWAY_FOLDER: '/tmp/gateway' };
  const rows = [...read('../../../docs/gateway.md').matchAll(/^\| `(GATEWAY_\w+)` \| (.+?) \|/gm)];
  const documented = rows.map(([, name, value = '']) => [name, value === '–' ? '' : value.replaceAll('`', '')]);
  expect(Object.fromEntries(documented)).toEqual({ ...defaults, ...others });
});

it('start.sh renders, checks and becomes nginx, which SIGQUIT ends with 0', async () => {
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const own = join(folder, 'started');
  mkdirSync(own);
  const env = {
    ...tls,
    GATEWAY_NGINX: findNginx(),
    GATEWAY_FOLDER: own,
    GATEWAY_HTTP_PORT: String(httpPort),
    GATEWAY_HTTPS_PORT: String(httpsPort),
    GATEWAY_ACCESS_LOG: 'logs/access.log',
  };
  const start = fileURLToPath(new URL('../start.sh', import.meta.url));
  const child = spawn('sh', [start], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = once(child, 'exit');
  try {
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${httpPort}/health`)).status).toBe(200), {
      timeout: 10_000,
      interval: 20,
    });
    expect(readFileSync(join(own, 'nginx.pid'), 'utf8').trim()).toBe(String(child.pid));
  } finally {
    child.kill('SIGQUIT');
  }
  expect(await ended).toEqual([0, null]);
});
