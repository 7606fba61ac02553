// One variable of the environment: what it is for, what it may be, what it is without being set. From these come the
// validated configuration, the README's table and the list of what is wrong.

export interface Variable<T> {
  readonly description: string;
  /** What is allowed, in words: `a whole number from 0 to 65535`. */
  readonly allowed: string;
  /** The value without the variable; undefined when there is none. */
  readonly fallback: T | undefined;
  /** How the table shows the fallback. */
  readonly fallbackText?: string;
  /** A secret's value is never printed, and `NAME_FILE` may name a file that holds it. */
  readonly secret: boolean;
  /** The value, or undefined when the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

interface About<T> {
  readonly description: string;
  readonly fallback?: T;
  readonly fallbackText?: string;
}

/** Digits only: no sign, no unit, no space. */
export function wholeNumber(min: number, max: number, about: About<number>): Variable<number> {
  return {
    ...base(about),
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => (/^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
  };
}

export function oneOf<const T extends string>(values: readonly T[], about: About<T>): Variable<T> {
  return {
    ...base(about),
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

export function flag(about: About<boolean>): Variable<boolean> {
  const meanings: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };
  return { ...base(about), allowed: '1 or 0', parse: (text) => meanings[text] };
}

export function text(pattern: RegExp, allowed: string, about: About<string>): Variable<string> {
  return { ...base(about), allowed, parse: (value) => (pattern.test(value) ? value : undefined) };
}

/** A secret's text; also read from the file that `NAME_FILE` names. */
export function secret(minLength: number, about: About<string>): Variable<string> {
  const parse = (value: string) => (Buffer.byteLength(value) >= minLength ? value : undefined);
  return { ...base(about), secret: true, allowed: `at least ${minLength} bytes`, parse };
}

/** A URL of one of the schemes (`redis:`). It may hold a password, so it is treated as a secret. */
export function url(schemes: readonly string[], about: About<string>): Variable<string> {
  return {
    ...base(about),
    secret: true,
    allowed: `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    parse: (value) => (URL.canParse(value) && schemes.includes(new URL(value).protocol) ? value : undefined),
  };
}

function base<T>({ description, fallback, fallbackText }: About<T>) {
  const shown = fallbackText === undefined ? {} : { fallbackText };
  return { description, fallback, ...shown, secret: false };
}
