// Tokens that were verified and came again: a signature that was good is good, so only what can change is checked anew.
//
//   first time   verified ──> a mark (marks.ts)   second time   verified ──> kept   room is needed   ──> the oldest goes
//
// Only what was accepted leaves a mark, so a flood of bad tokens changes nothing. A flood of good ones that come once each
// leaves marks and no more: it pushes nobody out, and nothing of it outlives its request.
// A token is compared whole; it stands under its signature, because V8 hashes 43 characters faster than 300.

import type { Principal } from '../../contracts/principal.ts';
import { createMarks } from './marks.ts';

export interface JwtCacheLimits {
  /** Tokens. Default 10,000. */
  readonly maxEntries?: number;
  /**
   * Bytes of heap. Counted as 500 for each token, 3 for each of its characters and 40 for each role: more than V8 takes.
   * Besides, 16 to 32 bytes for each of maxEntries (4 KiB to 4 MiB) note who came once.
   */
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

/** Tokens that may be given a second chance for one that goes, so that no request pays for many. */
const MOST_CHANCES = 16;

export function createJwtCache<Key>({ maxEntries, maxBytes }: Required<JwtCacheLimits>): JwtCache<Key> {
  /** Oldest first. */
  const entries = new Map<string, Entry<Key>>();
  const marks = createMarks(maxEntries);
  let bytes = 0;
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  function put(signature: string, entry: Entry<Key>): void {
    entries.set(signature, entry);
    bytes += entry.bytes;
  }

  function take(signature: string, entry: Entry<Key>): void {
    entries.delete(signature);
    bytes -= entry.bytes;
  }

  function makeRoom(): void {
    let chances = MOST_CHANCES;
    for (const [signature, entry] of entries) {
      if (entries.size <= maxEntries && bytes <= maxBytes) return;
      take(signature, entry);
      if (entry.again && chances-- > 0) {
        entry.again = false;
        put(signature, entry);
      } else evictions++;
    }
  }

  function knownAs(signature: string, token: string): Entry<Key> | undefined {
    const entry = entries.get(signature);
    return entry?.token === token ? entry : undefined;
  }

  return {
    get(token) {
      const entry = knownAs(signatureOf(token), token);
      if (entry === undefined) {
        misses++;
        return undefined;
      }
      hits++;
      entry.again = true;
      return entry.verified;
    },

    add(token, verified) {
      const signature = signatureOf(token);
      if (!marks.cameBefore(signature)) return;
      const old = entries.get(signature);
      if (old !== undefined) take(signature, old);
      put(signature, { token, verified, bytes: bytesOf(token, verified.principal), again: false });
      makeRoom();
    },

    remove(token) {
      const signature = signatureOf(token);
      const entry = knownAs(signature, token);
      if (entry !== undefined) take(signature, entry);
    },

    removeKey(key) {
      for (const [signature, entry] of entries) if (entry.verified.key === key) take(signature, entry);
    },

    stats: () => ({ entries: entries.size, bytes, hits, misses, evictions }),
  };
}

const signatureOf = (token: string): string => token.slice(token.lastIndexOf('.') + 1);

function bytesOf(token: string, { roles }: Principal): number {
  return 500 + 3 * token.length + 40 * roles.length;
}
