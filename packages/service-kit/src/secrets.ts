// Removes secrets from log lines: by name from fields, and by form from the texts of errors.
//
// pino's option `redact` with wildcards also does this for the bindings of each request's child logger; that takes a
// fifth of a request's time.

const SECRET_NAMES = new Set([
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'cookie',
  'set-cookie',
  'authorization',
]);

/** The levels of fields that are searched: `{ request: { headers: { cookie } } }` has three. */
const MAX_LEVELS = 3;

/** @returns a copy of the fields, in which `[secret]` replaces the value of each field with a secret's name. */
export function hideSecrets(fields: object, levels = MAX_LEVELS): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    SECRET_NAMES.has(name) ? '[secret]' : hideInside(value, levels - 1),
  ]);
  return Object.fromEntries(entries);
}

function hideInside(value: unknown, levels: number): unknown {
  if (levels === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => hideInside(entry, levels));
  // The logger's serializer describes an error. A Date, a URL or a Buffer says itself what is logged.
  return value instanceof Error || 'toJSON' in value ? value : hideSecrets(value, levels);
}

// Each pattern's group is what precedes the secret and is kept.
const SECRET_TEXTS = [
  /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi, // redis://user:password@
  /(\b(?:bearer|basic)\s+)[^\s"',;]+/gi,
  /()\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, // a JWT
];

/** @returns the text, in which `[secret]` replaces each password in a URL, each credential and each JWT. */
export function hideSecretTexts(text: string): string {
  return SECRET_TEXTS.reduce((rest, pattern) => rest.replace(pattern, '$1[secret]'), text);
}
