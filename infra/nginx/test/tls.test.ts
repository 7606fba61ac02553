// TLS ends at the gateway: versions, ciphers and the certificate.

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, listCertificateFiles, startNginx } from '../src/index.ts';
import { send, sendBytes } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream('one');
  gateway = await startNginx({ stateless: [upstream.url], stateful: [upstream.url] });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

/** Returns the negotiated version and cipher, or the error. The client accepts everything (SECLEVEL 0). */
async function handshake(options: ConnectionOptions): Promise<string> {
  const port = Number(new URL(gateway.httpsUrl).port);
  const ciphers = options.ciphers ?? 'ALL';
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca: gateway.certificate,
    ...options,
    ciphers: `${ciphers}:@SECLEVEL=0`,
  });
  try {
    await once(socket, 'secureConnect');
    return `${socket.getProtocol()} ${socket.getCipher().name}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

it.each(['TLSv1.2', 'TLSv1.3'] as const)('the gateway speaks %s', async (version) => {
  expect(await handshake({ minVersion: version, maxVersion: version })).toMatch(`${version} `);
});

it.each(['TLSv1', 'TLSv1.1'] as const)('the gateway does not speak %s', async (version) => {
  expect(await handshake({ minVersion: version, maxVersion: version })).toMatch(/^ERR_SSL_|ECONNRESET/);
});

it.each(['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256', 'NULL'])(
  'the gateway refuses %s: no authenticated encryption, or no forward secrecy',
  async (ciphers) => {
    expect(await handshake({ ciphers, maxVersion: 'TLSv1.2' })).toMatch(/^ERR_SSL_|ECONNRESET/);
  },
);

it('the gateway speaks HTTP/2 with clients that ask for it', async () => {
  const session = connectHttp2(gateway.httpsUrl, { ca: gateway.certificate });
  try {
    const stream = session.request({ ':path': '/api/stateful/x?y=1' });
    const [headers] = await once(stream, 'response');
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    expect(session.alpnProtocol).toBe('h2');
    expect(headers[':status']).toBe(200);
    // nginx passes the :authority of HTTP/2 on as Host.
    expect(JSON.parse(text)).toMatchObject({ path: '/x?y=1', headers: { host: new URL(gateway.httpsUrl).host } });
  } finally {
    session.close();
  }
});

it('the certificate is valid for localhost and both loopback addresses, and only the owner can read its key', async () => {
  const port = Number(new URL(gateway.httpsUrl).port);
  for (const servername of ['localhost', '127.0.0.1', '::1']) {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: gateway.certificate,
      servername: servername === 'localhost' ? servername : '',
    });
    await once(socket, 'secureConnect');
    const { subjectaltname } = socket.getPeerCertificate();
    socket.destroy();
    expect(subjectaltname).toContain(servername === '::1' ? 'IP Address:0:0:0:0:0:0:0:1' : servername);
  }
  expect(statSync(listCertificateFiles(join(gateway.folder, 'tls')).key).mode & 0o777).toBe(0o600);
});

it('Strict-Transport-Security is sent over HTTPS and never over HTTP, also with the gateway’s own errors', async () => {
  for (const path of ['/health', '/api/stateful/x', '/nothing']) {
    expect((await send(gateway, path, { https: true })).headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await send(gateway, path)).headers).not.toHaveProperty('strict-transport-security');
  }
});

it('plain HTTP on the HTTPS port is answered with 400 and ERR_TLS_EXPECTED', async () => {
  const text = await sendBytes({ ...gateway, url: gateway.httpsUrl }, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(text).toContain('"code":"ERR_TLS_EXPECTED"');
});
