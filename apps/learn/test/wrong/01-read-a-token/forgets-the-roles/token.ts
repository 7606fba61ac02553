// seen: sub, username
export { breakToken, readUsername } from '../../../../solutions/01-read-a-token/token.ts';

export function listTrustedClaims(): string[] {
  return ['sub', 'username'];
}
