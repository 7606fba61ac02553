// @fastify/session signs the id of every session that a store returns, although it has just checked that very
// signature: its own memory store keeps the signature with the session. The stores of auth-core keep no text that a
// cookie could be made of.

/** As @fastify/cookie defines it, and as `secret` of @fastify/session takes it. */
export interface CookieSigner {
  sign(value: string): string;
  /** `renew`: signed with an older secret than the current one. */
  unsign(signed: string): { valid: true; renew: boolean; value: string } | { valid: false; renew: false; value: null };
}

/**
 * The same signer, but it does not sign again what it has just checked: `secret: signOnce(new Signer(secret))`, with
 * the `Signer` of @fastify/cookie. It remembers one signature, until the next `sign` or `unsign`. Neither of them
 * checks that the secret has the 32 characters that @fastify/session demands of a secret given as text.
 */
export function signOnce(signer: CookieSigner): CookieSigner {
  let checked: { readonly value: string; readonly signed: string } | undefined;
  return {
    sign(value) {
      const before = checked;
      checked = undefined;
      return before?.value === value ? before.signed : signer.sign(value);
    },
    unsign(signed) {
      const result = signer.unsign(signed);
      // What an older secret signed must be signed again, with the current one.
      checked = result.valid && !result.renew ? { value: result.value, signed } : undefined;
      return result;
    },
  };
}
