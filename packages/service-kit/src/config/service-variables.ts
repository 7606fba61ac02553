// The environment variables that every API has.

import { randomBytes } from 'node:crypto';
import { addresses, flag, oneOf, text, wholeNumber } from './variable.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** @param port the default of `PORT` */
export function serviceVariables(port: number) {
  return {
    PORT: wholeNumber(0, 65535, { fallback: port, description: 'TCP port; 0 takes a free one.' }),
    HOST: text(/^[\w.:-]{1,253}$/, 'a host name or an address', {
      fallback: '127.0.0.1',
      description: 'Address to listen on; `0.0.0.0` in a container.',
    }),
    NODE_ENV: oneOf(['development', 'test', 'production'], {
      fallback: 'development',
      description: 'In `production`, the server does not start without its secrets.',
    }),
    LOG_LEVEL: oneOf(LOG_LEVELS, {
      fallback: 'info',
      description: 'Least severe level that is logged (JSON lines on stdout).',
    }),
    AUTH_EVENTS: flag({
      fallback: true,
      description: 'Log each sign-in, sign-out and change of an account, whatever `LOG_LEVEL` is.',
    }),
    INSTANCE_ID: text(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, dots, dashes', {
      fallback: `instance-${randomBytes(3).toString('hex')}`,
      fallbackText: 'random',
      description: 'Name of this server: the header `x-served-by`.',
    }),
    TRUST_PROXY: addresses({
      fallback: '',
      fallbackText: 'none',
      description: 'Proxies whose `X-Forwarded-*` headers are trusted.',
    }),
    BODY_LIMIT_BYTES: wholeNumber(1024, 104_857_600, {
      fallback: 1_048_576,
      description: 'Largest request body, bytes.',
    }),
    SHUTDOWN_TIMEOUT_MS: wholeNumber(0, 600_000, {
      fallback: 10_000,
      description: 'How long running requests may take after SIGTERM, ms.',
    }),
    DOCS: flag({ fallback: true, description: 'Serve `/docs` and `/openapi.json`.' }),
  };
}
