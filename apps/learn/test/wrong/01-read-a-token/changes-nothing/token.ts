// seen: 0 of them differ
export { listTrustedClaims, readUsername } from '../../../../solutions/01-read-a-token/token.ts';

export function breakToken(token: string): string {
  return token.replace('=', '');
}
