export function listTrustedClaims(): string[] {
  return ['sub', 'username', 'roles'];
}

export function readUsername(token: string): string {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).username;
}

/** Changes a character of the claims: the signature no longer matches them. */
export function breakToken(token: string): string {
  const at = token.indexOf('.') + 10;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}
