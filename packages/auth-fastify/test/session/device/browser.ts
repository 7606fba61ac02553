// A browser with a device key in software: it signs and answers as Chromium does (bare texts in its headers), one step
// at a time.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { appWith, memory, type Setup, setCookies } from '../app.ts';

export const SESSION = '__Host-session';
export const DEVICE = '__Host-session-device';
export const MINUTE = 60_000;

/** An app with device-bound sessions behind a TLS proxy, and its clock. */
export async function boundApp(setup: Setup = {}) {
  const time = { now: 1_800_000_000_000 };
  const store = memory(() => time.now);
  const app = await appWith({ store, deviceBound: true, ...setup, fastify: { trustProxy: true, ...setup.fastify } });
  return { app, store, time };
}

export type Algorithm = 'ES256' | 'RS256';

export interface Device {
  readonly alg: Algorithm;
  /** A proof of these claims. `header`: more fields of its header, in place of the usual ones. */
  prove(claims: object, header?: object): string;
  /** The usual proof at registration: with the key in its header. */
  proveKey(challenge: string): string;
  readonly jwk: object;
}

/** `keys`: in place of new ones that `alg` allows. */
export function createDevice(alg: Algorithm = 'ES256', keys = generateKeys(alg)): Device {
  const { privateKey, publicKey } = keys;
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' });
  const jwk = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }));
  const prove = (claims: object, header: object = {}) => {
    const signed = [{ alg, typ: 'dbsc+jwt', ...header }, claims].map(encode).join('.');
    return `${signed}.${signText(signed, privateKey).toString('base64url')}`;
  };
  return { alg, jwk, prove, proveKey: (challenge) => prove({ jti: challenge }, { jwk }) };
}

function generateKeys(alg: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signText = (text: string, key: KeyObject) =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });

export interface Offer {
  readonly path: string;
  readonly challenge: string;
}

/** The offer in the answer to a sign-in. */
export function readOffer(answer: LightMyRequestResponse): Offer | undefined {
  const header = String(answer.headers['secure-session-registration'] ?? '');
  const [, path, challenge] = /^\(ES256 RS256\);path="([^"]+)";challenge="([^"]+)"$/.exec(header) ?? [];
  return path !== undefined && challenge !== undefined ? { path, challenge } : undefined;
}

export function readChallenge(answer: LightMyRequestResponse): string {
  return /^"([^"]+)";id="[^"]+"$/.exec(String(answer.headers['secure-session-challenge']))?.[1] ?? '';
}

/** A browser's jar, and its binding. */
export class Browser {
  readonly app: FastifyInstance;
  readonly device: Device;
  readonly cookies = new Map<string, string>();
  bindingId = '';
  refreshUrl = '';
  /** What a server sent ahead, or with 403. */
  challenge: string | undefined = undefined;

  constructor(app: FastifyInstance, device = createDevice()) {
    this.app = app;
    this.device = device;
  }

  /** Another program with the same cookies. */
  copy(): Browser {
    const thief = new Browser(this.app);
    for (const [name, value] of this.cookies) thief.cookies.set(name, value);
    return thief;
  }

  async ask(method: 'GET' | 'POST', url: string, more: InjectOptions = {}): Promise<LightMyRequestResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'x-forwarded-proto': 'https', ...(cookie && { cookie }), ...more.headers };
    const answer = await this.app.inject({ method, url, ...more, headers });
    for (const given of setCookies(answer)) {
      const [name = '', value = ''] = given.split(/[=;]/, 2);
      if (/Max-Age=0/.test(given)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  /** Signs in; answers the offer. */
  async signIn(url = '/login'): Promise<LightMyRequestResponse> {
    const answer = await this.ask('POST', url);
    this.challenge = readOffer(answer)?.challenge;
    return answer;
  }

  async register(url = '/auth/device/register', proof?: string): Promise<LightMyRequestResponse> {
    const headers = { 'secure-session-response': proof ?? this.device.proveKey(this.challenge ?? '') };
    const answer = await this.ask('POST', url, { headers });
    if (answer.statusCode === 200) {
      this.challenge = readChallenge(answer);
      this.bindingId = answer.json().session_identifier;
      this.refreshUrl = resolve(url, answer.json().refresh_url);
    }
    return answer;
  }

  /** One request to the refresh endpoint, with a proof over the known challenge, if there is one. */
  async tryRefresh(proof = this.challenge && this.device.prove({ jti: this.challenge })) {
    const headers = {
      'sec-secure-session-id': this.bindingId,
      ...(proof !== undefined && { 'secure-session-response': proof }),
    };
    const answer = await this.ask('POST', this.refreshUrl, { headers });
    if (answer.headers['secure-session-challenge'] !== undefined) this.challenge = readChallenge(answer);
    return answer;
  }

  /** As a browser does: signs and tries again after each 403, with five requests at most. */
  async refresh(): Promise<LightMyRequestResponse> {
    let answer = await this.tryRefresh();
    for (let tries = 1; answer.statusCode === 403 && tries < 5; tries++) answer = await this.tryRefresh();
    return answer;
  }

  /** The browser's own expiry of the device cookie. */
  loseDeviceCookie(): this {
    this.cookies.delete(DEVICE);
    return this;
  }

  async readMe(headers: Record<string, string> = {}): Promise<unknown> {
    const answer = await this.ask('GET', '/me', { headers });
    return answer.statusCode === 200 ? 200 : answer.json().code;
  }
}

export function resolve(from: string, path: string): string {
  return new URL(path, new URL(from, 'https://a.example')).pathname;
}

/** A browser whose session is bound, and the clock past the time in which requests without a cookie are accepted. */
export async function boundBrowser(setup?: Setup, device?: Device) {
  const { app, store, time } = await boundApp(setup);
  const browser = new Browser(app, device);
  await browser.signIn();
  await browser.register();
  time.now += MINUTE;
  return { app, store, time, browser };
}
