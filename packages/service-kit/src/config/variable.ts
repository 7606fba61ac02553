// One variable of the environment: what it is for, what it may be, what it is without being set. From these come the
// validated configuration, the README's table and the list of what is wrong.

import { isIP } from 'node:net';

/** `F` is `undefined` where the variable has no fallback. */
export interface Variable<T, F = T | undefined> {
  readonly description: string;
  /** What is allowed, in words: `a whole number from 0 to 65535`. */
  readonly allowed: string;
  /** The value without the variable. */
  readonly fallback: F;
  /** How the table shows the fallback. */
  readonly fallbackText?: string;
  /** A secret's value is never printed, and `NAME_FILE` may name a file that holds it. */
  readonly secret: boolean;
  /** The value, or undefined when the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

interface About<F> {
  readonly description: string;
  readonly fallback?: F;
  readonly fallbackText?: string;
}

/** Decimal digits only: no sign, no unit, no space, no leading zero. */
export function wholeNumber<F extends number | undefined = undefined>(
  min: number,
  max: number,
  about: About<F>,
): Variable<number, F> {
  return {
    ...base(about),
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const value = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export function oneOf<const T extends string, F extends T | undefined = undefined>(
  values: readonly T[],
  about: About<F>,
): Variable<T, F> {
  return {
    ...base(about),
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

export function flag<F extends boolean | undefined = undefined>(about: About<F>): Variable<boolean, F> {
  const meanings = new Map([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ]);
  return { ...base(about), allowed: '1 or 0', parse: (text) => meanings.get(text) };
}

export function text<F extends string | undefined = undefined>(
  pattern: RegExp,
  allowed: string,
  about: About<F>,
): Variable<string, F> {
  return { ...base(about), allowed, parse: (value) => (pattern.test(value) ? value : undefined) };
}

/** IP addresses and CIDR blocks with commas, as Fastify's `trustProxy` takes them. */
export function addresses<F extends string | undefined = undefined>(about: About<F>): Variable<string, F> {
  const isBlock = (block: string) => {
    const [address = '', bits, ...more] = block.split('/');
    const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return (
      widest > 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest))
    );
  };
  return {
    ...base(about),
    allowed: 'addresses or CIDR blocks, with commas',
    parse: (value) => (value.split(',').every((block) => isBlock(block.trim())) ? value : undefined),
  };
}

/** A secret's text; also read from the file that `NAME_FILE` names. */
export function secret(minLength: number, about: About<undefined>): Variable<string, undefined> {
  const parse = (value: string) => (Buffer.byteLength(value) >= minLength ? value : undefined);
  return { ...base(about), secret: true, allowed: `at least ${minLength} bytes`, parse };
}

/** A URL of one of the schemes (`redis:`). It may hold a password, so it is treated as a secret. */
export function url<F extends string | undefined = undefined>(
  schemes: readonly string[],
  about: About<F>,
): Variable<string, F> {
  return {
    ...base(about),
    secret: true,
    allowed: `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    parse: (value) => (URL.canParse(value) && schemes.includes(new URL(value).protocol) ? value : undefined),
  };
}

function base<F>({ description, fallback, fallbackText }: About<F>) {
  const shown = fallbackText === undefined ? {} : { fallbackText };
  // Left out, it is undefined, and F says so.
  return { description, fallback: fallback as F, ...shown, secret: false };
}
