// One environment variable: its purpose, its allowed values, its default. The validated configuration, the table in the
// docs and the list of problems are made from these.

import { isIP } from 'node:net';

/** `F` is `undefined` where the variable has no fallback. */
export interface Variable<T, F = T | undefined> {
  readonly description: string;
  /** The allowed values, in words: `a whole number from 0 to 65535`. */
  readonly allowed: string;
  /** The value if the variable is not set. */
  readonly fallback: F;
  /** How the table shows the fallback. */
  readonly fallbackText?: string;
  /** A secret's value is never printed, and `NAME_FILE` may name a file that holds it. */
  readonly secret: boolean;
  /** @returns the value, or undefined if the text is not allowed. */
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
    ...describeVariable(about),
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const value = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of these words. */
export function oneOf<const T extends string, F extends T | undefined = undefined>(
  values: readonly T[],
  about: About<F>,
): Variable<T, F> {
  return {
    ...describeVariable(about),
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

/** `1` or `true`, `0` or `false`. */
export function flag<F extends boolean | undefined = undefined>(about: About<F>): Variable<boolean, F> {
  const meanings = new Map([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ]);
  return { ...describeVariable(about), allowed: '1 or 0', parse: (text) => meanings.get(text) };
}

/** @param allowed the pattern in words */
export function text<F extends string | undefined = undefined>(
  pattern: RegExp,
  allowed: string,
  about: About<F>,
): Variable<string, F> {
  return { ...describeVariable(about), allowed, parse: (value) => (pattern.test(value) ? value : undefined) };
}

/** IP addresses and CIDR blocks, separated by commas, as Fastify's `trustProxy` takes them. */
export function addresses<F extends string | undefined = undefined>(about: About<F>): Variable<string, F> {
  const isBlock = (block: string) => {
    const [address = '', bits, ...more] = block.split('/');
    const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return (
      widest > 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest))
    );
  };
  return {
    ...describeVariable(about),
    allowed: 'addresses or CIDR blocks, separated by commas',
    parse: (value) => (value.split(',').every((block) => isBlock(block.trim())) ? value : undefined),
  };
}

/**
 * A secret, which may also be in the file that `NAME_FILE` names.
 * @param minLength bytes
 */
export function secret(minLength: number, about: About<undefined>): Variable<string, undefined> {
  const parse = (value: string) => (Buffer.byteLength(value) >= minLength ? value : undefined);
  return { ...describeVariable(about), secret: true, allowed: `at least ${minLength} bytes`, parse };
}

/**
 * Secrets, one in each line, which may also be in the file that `NAME_FILE` names.
 * @param minLength bytes of each
 */
export function secrets(minLength: number, about: About<undefined>): Variable<readonly string[], undefined> {
  const parse = (value: string) => {
    const lines = value.split(/\r?\n/).filter((line) => line !== '');
    return lines.length > 0 && lines.every((line) => Buffer.byteLength(line) >= minLength) ? lines : undefined;
  };
  return { ...describeVariable(about), secret: true, allowed: `lines of at least ${minLength} bytes`, parse };
}

/** A URL with one of the schemes (`redis:`). It may contain a password, so it is treated as a secret. */
export function url<F extends string | undefined = undefined>(
  schemes: readonly string[],
  about: About<F>,
): Variable<string, F> {
  return {
    ...describeVariable(about),
    secret: true,
    allowed: `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    parse: (value) => (URL.canParse(value) && schemes.includes(new URL(value).protocol) ? value : undefined),
  };
}

function describeVariable<F>({ description, fallback, fallbackText }: About<F>) {
  const shown = fallbackText === undefined ? {} : { fallbackText };
  // Without a fallback, F is undefined.
  return { description, fallback: fallback as F, ...shown, secret: false };
}
