// Tokens that were verified and came again: a signature that was good is good, so only what can change is checked anew.
//
//   first time   verified ──> probation     second time   ──> kept     room is needed   ──> the oldest of its part goes
//
// Only what was accepted enters, so a flood of bad tokens finds nothing to push out. A flood of good ones that come once
// each pushes out other newcomers: most of the room is for tokens that came twice.
// A token is compared whole; it stands under its signature, because V8 hashes 43 characters faster than 300.

import type { Principal } from '../../contracts/principal.ts';

export interface JwtCacheLimits {
  /** Tokens. Default 10,000. */
  readonly maxEntries?: number;
  /** Bytes of heap. Counted as 500 for each token, 3 for each of its characters and 40 for each role: more than V8 takes. */
  readonly maxBytes?: number;
}

export const JWT_CACHE_DEFAULTS = { maxEntries: 10_000, maxBytes: 16 * 1024 ** 2 } as const;

export interface JwtCacheStats {
  readonly entries: number;
  /** As `maxBytes` counts them. */
  readonly bytes: number;
  readonly hits: number;
  /** Tokens that were verified in full, good or bad. */
  readonly misses: number;
  /** Tokens that went because room was needed. */
  readonly evictions: number;
}

/** What the strategy keeps of a token. Nobody outside gets the principal itself. */
export interface VerifiedToken<Key> {
  readonly key: Key;
  readonly principal: Principal;
  /** ms since the epoch, leeway included: accepted from `validFrom` on, before `validUntil`. */
  readonly validFrom: number;
  readonly validUntil: number;
}

interface Entry<Key> {
  readonly token: string;
  readonly verified: VerifiedToken<Key>;
  readonly bytes: number;
  /** It came again since it was put where it is. */
  again: boolean;
}

export interface JwtCache<Key> {
  get(token: string): VerifiedToken<Key> | undefined;
  /** Only for a token that was accepted just now. */
  add(token: string, verified: VerifiedToken<Key>): void;
  remove(token: string): void;
  /** Forgets all that `key` signed. */
  removeKey(key: Key): void;
  stats(): JwtCacheStats;
}

/** Share of the room that is for tokens which came twice. */
const KEPT_SHARE = 0.8;
/** Tokens that may be given a second chance for one that goes, so that no request pays for many. */
const MOST_CHANCES = 16;

export function createJwtCache<Key>(limits: Required<JwtCacheLimits>): JwtCache<Key> {
  const { maxEntries, maxBytes } = limits;
  const probation = createPart<Key>();
  const kept = createPart<Key>();
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  /** Moves to the other part what came again. */
  function promote(signature: string, entry: Entry<Key>): void {
    take(probation, signature);
    entry.again = false;
    put(kept, signature, entry);
    makeRoom(kept, Math.floor(maxEntries * KEPT_SHARE), maxBytes * KEPT_SHARE);
  }

  function makeRoom(part: Part<Key>, entries: number, bytes: number): void {
    let chances = MOST_CHANCES;
    for (const [signature, entry] of part.entries) {
      if (part.entries.size <= entries && part.bytes <= bytes) return;
      take(part, signature);
      if (entry.again && chances-- > 0) {
        entry.again = false;
        put(part, signature, entry);
      } else evictions++;
    }
  }

  return {
    get(token) {
      const signature = signatureOf(token);
      const old = kept.entries.get(signature);
      const entry = old ?? probation.entries.get(signature);
      if (entry === undefined || entry.token !== token) {
        misses++;
        return undefined;
      }
      hits++;
      if (old === undefined) promote(signature, entry);
      else entry.again = true;
      return entry.verified;
    },

    add(token, verified) {
      const signature = signatureOf(token);
      const bytes = bytesOf(token, verified.principal);
      take(kept, signature);
      take(probation, signature);
      put(probation, signature, { token, verified, bytes, again: false });
      makeRoom(probation, maxEntries - kept.entries.size, maxBytes - kept.bytes);
    },

    remove(token) {
      const signature = signatureOf(token);
      for (const part of [kept, probation]) if (part.entries.get(signature)?.token === token) take(part, signature);
    },

    removeKey(key) {
      for (const part of [kept, probation]) {
        for (const [signature, { verified }] of part.entries) if (verified.key === key) take(part, signature);
      }
    },

    stats: () => ({
      entries: kept.entries.size + probation.entries.size,
      bytes: kept.bytes + probation.bytes,
      hits,
      misses,
      evictions,
    }),
  };
}

interface Part<Key> {
  /** Oldest first. */
  readonly entries: Map<string, Entry<Key>>;
  bytes: number;
}

function createPart<Key>(): Part<Key> {
  return { entries: new Map(), bytes: 0 };
}

function put<Key>(part: Part<Key>, signature: string, entry: Entry<Key>): void {
  part.entries.set(signature, entry);
  part.bytes += entry.bytes;
}

function take<Key>(part: Part<Key>, signature: string): void {
  const entry = part.entries.get(signature);
  if (entry === undefined) return;
  part.entries.delete(signature);
  part.bytes -= entry.bytes;
}

const signatureOf = (token: string): string => token.slice(token.lastIndexOf('.') + 1);

function bytesOf(token: string, { roles }: Principal): number {
  return 500 + 3 * token.length + 40 * roles.length;
}
