// The one cache of this package: a Map with a limit on entries and on bytes.
//
//   set ──> the newest place      over a limit ──> the oldest entries go, some at a time. An entry that was read since it
//                                                  got its place moves to the newest place once (second chance).
//
// It knows nothing about what it holds. Freshness, expiry and revocation are the caller's: check what `get` answers.

export interface CacheLimits {
  /** Entries, at least 1. */
  readonly maxEntries: number;
  /** bytes, as the callers of `set` count them, at least 1. */
  readonly maxBytes: number;
}

export interface BoundedCacheOptions extends CacheLimits {
  /** The group of a key, so that `removeGroup` finds its entries without a search. Default: there are no groups. */
  readonly readGroup?: (key: string) => string;
}

/** What a cache did since it was made, and what it holds. */
export interface CacheStats {
  readonly entries: number;
  /** As `maxBytes` counts them. */
  readonly bytes: number;
  /** Calls of `get` that found an entry. */
  readonly hits: number;
  /** Calls of `get` that found none. */
  readonly misses: number;
  /** Entries that were removed to stay within a limit. */
  readonly evictions: number;
}

export interface BoundedCache<Value> {
  /** The value, or undefined. Counts a hit or a miss. */
  get(key: string): Value | undefined;
  /**
   * Adds or replaces an entry. If a limit would be exceeded, the oldest entries are removed first.
   * @param bytes what the entry costs; an entry of more than `maxBytes` is not kept, and an older one of its key goes
   */
  set(key: string, value: Value, bytes: number): void;
  /** Answers whether there was such an entry. */
  remove(key: string): boolean;
  /** Removes the entries of one group (see `readGroup`); answers how many. */
  removeGroup(group: string): number;
  /** Removes the entries that the predicate names, after a look at each; answers how many. */
  removeWhere(matches: (value: Value, key: string) => boolean): number;
  /** Removes all entries. The counts of hits, misses and evictions go on. */
  clear(): void;
  stats(): CacheStats;
}

/** Second chances that one `set` may give: about 0.1 ms. It bounds the cost of a `set` when all entries were read. */
const MAX_CHANCES = 1_000;

/**
 * The part of a limit that is made free at a time. A Map reaches its oldest entry past the places of those that were
 * removed before, so a search for each single entry would cost more than all else here.
 */
const BATCH = 1 / 64;

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  /** Read since it got its place. */
  used: boolean;
}

/** The limits are not checked here: a caller checks its own options, under their names. */
export function createBoundedCache<Value>(options: BoundedCacheOptions): BoundedCache<Value> {
  const { maxEntries, maxBytes } = options;
  /** The oldest place first. */
  const entries = new Map<string, Entry<Value>>();
  const groups = options.readGroup && createGroups(options.readGroup);
  let bytes = 0;
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  function remove(key: string): boolean {
    const entry = entries.get(key);
    if (entry === undefined) return false;
    entries.delete(key);
    groups?.remove(key);
    bytes -= entry.bytes;
    return true;
  }

  /** Makes room for an entry of `size` bytes, and for some more: see BATCH. */
  function makeRoom(size: number): void {
    if (entries.size < maxEntries && bytes + size <= maxBytes) return;
    const fewEntries = maxEntries - Math.ceil(maxEntries * BATCH);
    const fewBytes = maxBytes - Math.max(size, maxBytes * BATCH);
    let chances = MAX_CHANCES;
    for (const [key, entry] of entries) {
      if (entries.size <= fewEntries && bytes <= fewBytes) return;
      if (entry.used && chances > 0) {
        chances--;
        entry.used = false;
        entries.delete(key);
        entries.set(key, entry);
      } else {
        remove(key);
        evictions++;
      }
    }
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) {
        misses++;
        return undefined;
      }
      hits++;
      entry.used = true;
      return entry.value;
    },

    set(key, value, size) {
      remove(key);
      if (size > maxBytes) return;
      makeRoom(size);
      entries.set(key, { value, bytes: size, used: false });
      groups?.add(key);
      bytes += size;
    },

    remove,

    removeGroup(group) {
      const keys = groups?.list(group) ?? [];
      for (const key of keys) remove(key);
      return keys.length;
    },

    removeWhere(matches) {
      let removed = 0;
      for (const [key, { value }] of entries) if (matches(value, key) && remove(key)) removed++;
      return removed;
    },

    clear() {
      entries.clear();
      groups?.clear();
      bytes = 0;
    },

    stats: () => ({ entries: entries.size, bytes, hits, misses, evictions }),
  };
}

/** The keys of each group. */
function createGroups(readGroup: (key: string) => string) {
  const keysByGroup = new Map<string, Set<string>>();
  return {
    add(key: string): void {
      const group = readGroup(key);
      const keys = keysByGroup.get(group);
      if (keys === undefined) keysByGroup.set(group, new Set([key]));
      else keys.add(key);
    },
    remove(key: string): void {
      const group = readGroup(key);
      const keys = keysByGroup.get(group);
      keys?.delete(key);
      if (keys?.size === 0) keysByGroup.delete(group);
    },
    list: (group: string): readonly string[] => [...(keysByGroup.get(group) ?? [])],
    clear: () => keysByGroup.clear(),
  };
}
