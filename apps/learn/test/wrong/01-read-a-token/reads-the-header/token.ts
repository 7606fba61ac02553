// seen: TypeError
export { breakToken, listTrustedClaims } from '../../../../solutions/01-read-a-token/token.ts';

export function readUsername(token: string): string {
  const [header = ''] = token.split('.');
  return JSON.parse(Buffer.from(header, 'base64url').toString()).payload.username;
}
