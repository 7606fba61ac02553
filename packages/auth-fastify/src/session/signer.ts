// @fastify/session signs the id of every session that a store gives it, although it has just checked that very signature:
// its own memory store keeps the signature beside the session. Ours keep no text that a cookie could be made of.

/** As @fastify/cookie has it, and as `secret` of @fastify/session takes it. */
export interface CookieSigner {
  sign(value: string): string;
  /** `renew`: by an older secret than the one that signs. */
  unsign(signed: string): { valid: true; renew: boolean; value: string } | { valid: false; renew: false; value: null };
}

/**
 * The same signer, but what it has just checked it does not sign anew: `secret: signOnce(new Signer(secret))`, with the
 * `Signer` of @fastify/cookie. One signature is remembered, until the next `sign` or `unsign`. Neither checks that the secret
 * has the 32 characters which @fastify/session demands of one that it is given as text.
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
      // What an older secret signed is to be signed with the first.
      checked = result.valid && !result.renew ? { value: result.value, signed } : undefined;
      return result;
    },
  };
}
