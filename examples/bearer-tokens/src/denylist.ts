// Tokens that were ended before they expire. With several servers, replace the Map with a database that all of them ask,
// for example Redis: SET <tokenId> 1 PXAT <expiresAt>, and EXISTS <tokenId>.

export interface Denylist {
  /** @param expiresAt when the token expires, in ms since the epoch; its entry is not needed after that */
  add(tokenId: string, expiresAt: number): Promise<void>;
  has(tokenId: string): Promise<boolean>;
}

export function createDenylist(): Denylist {
  const expiries = new Map<string, number>();

  return {
    async add(tokenId, expiresAt) {
      for (const [id, expiry] of expiries) if (expiry <= Date.now()) expiries.delete(id);
      expiries.set(tokenId, expiresAt);
    },

    async has(tokenId) {
      return expiries.has(tokenId);
    },
  };
}
