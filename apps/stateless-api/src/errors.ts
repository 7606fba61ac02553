// The one failure that only this API has. docs/errors.md lists it.

export const STATELESS_ERRORS = {
  ERR_TOKENS_NOT_REVOCABLE: {
    statusCode: 501,
    message: 'This server keeps no record of its tokens: each token works until it expires.',
  },
} as const;

export function createNotRevocable(): Error {
  const { statusCode, message } = STATELESS_ERRORS.ERR_TOKENS_NOT_REVOCABLE;
  return Object.assign(new Error(message), { code: 'ERR_TOKENS_NOT_REVOCABLE', statusCode });
}
