// The attack table of docs/device-bound.md: what a thief with a copy of all cookies can try, and a control that shows
// that the answer does not come from a fault of the test.

import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import type { Setup } from '../app.ts';
import { Browser, boundApp, boundBrowser, createDevice, DEVICE, MINUTE } from './browser.ts';

export interface Attack {
  readonly attempt: string;
  /** What the control is. */
  readonly control: string;
  run(): Promise<Tried>;
}

interface Tried {
  readonly answer: LightMyRequestResponse;
  readonly control: LightMyRequestResponse;
}

/** ms after which the first device cookie, and each copy of it, has expired: its lifetime and the leeway. */
const EXPIRED = 5 * MINUTE + 5_000;

const ROUTES: NonNullable<Setup['routes']> = (app) => {
  app.post('/renew', (request) => request.session.regenerate().then(() => ({})));
  app.post('/save', async (request) => {
    request.session.note = 'changed';
    await request.session.save();
    return {};
  });
};

const readMe = (browser: Browser) => browser.ask('GET', '/me');

/** The owner, and a thief with a copy of the owner's cookies, a minute after the registration. */
async function steal() {
  const { app, time, browser: owner } = await boundBrowser({ routes: ROUTES });
  return { app, time, owner, thief: owner.copy() };
}

/** The same, when the copy of the device cookie has expired and the owner has a new one. */
async function stealAndWait() {
  const stolen = await steal();
  stolen.time.now += EXPIRED;
  await stolen.owner.refresh();
  return stolen;
}

/** A thief who has learned the name of the binding, too, which is in no cookie. */
function follow(thief: Browser, { bindingId, refreshUrl, challenge }: Browser): Browser {
  return Object.assign(thief, { bindingId, refreshUrl, challenge });
}

/** The thief does something with a copy that is no longer fresh; the owner does the same. */
const whenExpired = (act: (browser: Browser) => Promise<LightMyRequestResponse>) => async () => {
  const { owner, thief } = await stealAndWait();
  return { answer: await act(thief), control: await act(owner) };
};

/** A proof of the thief's for the present challenge of the owner; then the owner's own. */
const withProof = (forge: (challenge: string, owner: Browser, thief: Browser) => string | undefined) => async () => {
  const { owner, thief } = await steal();
  follow(thief, owner);
  const proof = forge(owner.challenge ?? '', owner, thief);
  return { answer: await thief.tryRefresh(proof ?? ''), control: await owner.tryRefresh() };
};

/** A key that must not be registered, and then a good one. */
const withKey = (prove: (challenge: string) => string) => async () => {
  const { app } = await boundApp();
  const owner = new Browser(app);
  await owner.signIn();
  const answer = await owner.copy().register(undefined, prove(owner.challenge ?? ''));
  return { answer, control: await owner.register() };
};

const OWNER = 'the owner';
const REFRESH = "the owner's refresh";

const COPIES: readonly Attack[] = [
  {
    attempt: 'use a copy of all cookies, while the device cookie is fresh',
    control: OWNER,
    async run() {
      const { owner, thief, time } = await steal();
      time.now += EXPIRED - MINUTE - 1;
      return { answer: await readMe(thief), control: await readMe(owner) };
    },
  },
  {
    attempt: 'use it 1 ms later',
    control: 'the owner, who has refreshed',
    async run() {
      const { owner, thief, time } = await steal();
      time.now += EXPIRED - MINUTE;
      await owner.refresh();
      return { answer: await readMe(thief), control: await readMe(owner) };
    },
  },
  {
    attempt: 'use a copy of the session cookie alone, 35 s after the registration',
    control: 'the owner, with both cookies',
    async run() {
      const { app, time } = await boundApp();
      const owner = await signInAndRegister(app);
      time.now += 35_000;
      return { answer: await readMe(owner.copy().loseDeviceCookie()), control: await readMe(owner) };
    },
  },
  {
    attempt: 'say that the browser has skipped the refresh',
    control: 'the owner, who says the same',
    run: whenExpired((browser) =>
      browser.ask('GET', '/me', { headers: { 'secure-session-skipped': 'unreachable;session_identifier="b"' } }),
    ),
  },
  {
    attempt: 'write to the session on a public route',
    control: OWNER,
    run: whenExpired((browser) => browser.ask('POST', '/save')),
  },
  {
    attempt: 'get a new session token on a public route',
    control: OWNER,
    run: whenExpired((browser) => browser.ask('POST', '/renew')),
  },
  {
    attempt: 'get a new session token while the copy is fresh, and use it when it is not',
    control: 'the same session before that',
    async run() {
      const { thief, time } = await steal();
      const control = await thief.ask('POST', '/renew');
      time.now += EXPIRED;
      return { answer: await readMe(thief), control };
    },
  },
  {
    attempt: 'use a copy from before the owner got a new session token',
    control: OWNER,
    async run() {
      const { owner, thief } = await steal();
      await owner.ask('POST', '/renew');
      return { answer: await readMe(thief), control: await readMe(owner) };
    },
  },
  {
    attempt: 'use a copy after the owner has signed out',
    control: 'another device of the owner',
    async run() {
      const { app, owner, thief } = await steal();
      const other = new Browser(app);
      await other.signIn();
      await owner.ask('POST', '/logout');
      return { answer: await readMe(thief), control: await readMe(other) };
    },
  },
  {
    attempt: 'sign the owner out with a copy that has expired',
    control: 'the owner, afterwards',
    async run() {
      const { owner, thief } = await stealAndWait();
      return { answer: await thief.ask('POST', '/logout'), control: await readMe(owner) };
    },
  },
  {
    attempt: 'use an unbound session after `requireBindingAfterMs`',
    control: 'a bound session of the same age',
    async run() {
      const { app, time } = await boundApp({ deviceBound: { requireBindingAfterMs: 10 * MINUTE } });
      const [unbound, owner] = [new Browser(app), new Browser(app)];
      for (const browser of [unbound, owner]) await browser.signIn();
      await owner.register();
      time.now += 10 * MINUTE;
      await owner.refresh();
      return { answer: await readMe(unbound), control: await readMe(owner) };
    },
  },
  {
    attempt: "add the cookies of the thief's own live session",
    control: 'these cookies alone',
    async run() {
      const { app, thief } = await stealAndWait();
      const own = await signInAndRegister(app);
      const cookie = [...listCookies(thief), ...listCookies(own)].join('; ');
      return { answer: await thief.ask('GET', '/me', { headers: { cookie } }), control: await readMe(own) };
    },
  },
  {
    attempt: "add the device cookie of the thief's own session",
    control: 'it, with its own session',
    async run() {
      const { app, thief } = await stealAndWait();
      const own = await signInAndRegister(app);
      thief.cookies.set(DEVICE, own.cookies.get(DEVICE) ?? '');
      return { answer: await readMe(thief), control: await readMe(own) };
    },
  },
];

const REGISTRATIONS: readonly Attack[] = [
  {
    attempt: 'register a second key',
    control: REFRESH,
    async run() {
      const { owner, thief } = await steal();
      const answer = await thief.register(undefined, thief.device.proveKey(owner.challenge ?? ''));
      return { answer, control: await owner.tryRefresh() };
    },
  },
  {
    attempt: 'register a key first, with the cookies, but without the challenge of the sign-in',
    control: 'the owner registers',
    run: withKey(() => createDevice().proveKey('a guess')),
  },
  {
    attempt: 'register a key a minute after the sign-in',
    control: 'the session goes on unbound',
    async run() {
      const { app, time } = await boundApp();
      const owner = new Browser(app);
      await owner.signIn();
      time.now += MINUTE;
      return {
        answer: await owner.copy().register(undefined, owner.device.proveKey(owner.challenge ?? '')),
        control: await readMe(owner),
      };
    },
  },
  {
    attempt: 'register a key of another curve',
    control: 'a key of P-256',
    run: withKey((challenge) =>
      createDevice('ES256', generateKeyPairSync('ec', { namedCurve: 'P-384' })).proveKey(challenge),
    ),
  },
  {
    attempt: 'register an RSA key of 1,024 bits',
    control: 'a key of P-256',
    run: withKey((challenge) =>
      createDevice('RS256', generateKeyPairSync('rsa', { modulusLength: 1024 })).proveKey(challenge),
    ),
  },
];

const REFRESHES: readonly Attack[] = [
  {
    attempt: 'refresh without a proof',
    control: REFRESH,
    async run() {
      const { owner, thief } = await steal();
      const headers = { 'sec-secure-session-id': owner.bindingId };
      return { answer: await thief.ask('POST', owner.refreshUrl, { headers }), control: await owner.tryRefresh() };
    },
  },
  {
    attempt: 'refresh with a proof by another key',
    control: REFRESH,
    run: withProof((challenge, _owner, thief) => thief.device.prove({ jti: challenge })),
  },
  {
    attempt: 'refresh with a proof that brings its own key',
    control: REFRESH,
    run: withProof((challenge, _owner, thief) => thief.device.proveKey(challenge)),
  },
  {
    attempt: 'refresh with an unsigned proof (`alg: none`)',
    control: REFRESH,
    run: withProof((challenge, owner) => owner.device.prove({ jti: challenge }, { alg: 'none' })),
  },
  {
    attempt: 'refresh with a proof by HS256, with the public key as its secret',
    control: REFRESH,
    run: withProof((challenge, owner) => proveByHmac(challenge, owner.device.jwk)),
  },
  {
    attempt: "refresh with the owner's proof for another binding (`sub`)",
    control: REFRESH,
    run: withProof((challenge, owner) => owner.device.prove({ jti: challenge, sub: 'b' })),
  },
  {
    attempt: "repeat the owner's last proof",
    control: REFRESH,
    async run() {
      const { owner, thief } = await steal();
      const proof = owner.device.prove({ jti: owner.challenge });
      await owner.tryRefresh(proof);
      return { answer: await follow(thief, owner).tryRefresh(proof), control: await owner.tryRefresh() };
    },
  },
  {
    attempt: "repeat the proof of the owner's registration",
    control: REFRESH,
    async run() {
      const { app } = await boundApp();
      const owner = new Browser(app);
      await owner.signIn();
      const proof = owner.device.proveKey(owner.challenge ?? '');
      await owner.register(undefined, proof);
      return { answer: await follow(owner.copy(), owner).tryRefresh(proof), control: await owner.tryRefresh() };
    },
  },
  {
    attempt: 'refresh another binding than that of the session',
    control: REFRESH,
    async run() {
      const { owner, thief } = await steal();
      const answer = await follow(thief, { ...owner, bindingId: 'b' } as Browser).tryRefresh();
      return { answer, control: await owner.tryRefresh() };
    },
  },
  {
    attempt: 'refresh with an id of 8,000 characters',
    control: REFRESH,
    async run() {
      const { owner, thief } = await steal();
      const answer = await follow(thief, { ...owner, bindingId: 'b'.repeat(8_000) } as Browser).tryRefresh();
      return { answer, control: await owner.tryRefresh() };
    },
  },
  {
    attempt: 'refresh with a proof of 9,000 characters',
    control: REFRESH,
    run: withProof((challenge, owner) => owner.device.prove({ jti: challenge, fill: 'x'.repeat(9_000) })),
  },
  {
    attempt: 'refresh with two proofs in one header',
    control: REFRESH,
    run: withProof((challenge, owner) =>
      Array(2)
        .fill(`"${owner.device.prove({ jti: challenge })}"`)
        .join(', '),
    ),
  },
];

/** In the order of the table. */
export const ATTACKS: readonly Attack[] = [...COPIES, ...REGISTRATIONS, ...REFRESHES];

async function signInAndRegister(app: Browser['app']): Promise<Browser> {
  const browser = new Browser(app);
  await browser.signIn();
  await browser.register();
  return browser;
}

const listCookies = ({ cookies }: Browser) => [...cookies].map(([name, value]) => `${name}=${value}`);

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function proveByHmac(challenge: string, jwk: object): string {
  const signed = `${encode({ alg: 'HS256', typ: 'dbsc+jwt' })}.${encode({ jti: challenge })}`;
  return `${signed}.${createHmac('sha256', JSON.stringify(jwk)).update(signed).digest('base64url')}`;
}
