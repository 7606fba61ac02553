// What the tracked cache holds: sessions by the place of their user (how the partition begins), bounded, and the reads that are
// under way. Knows no Redis; tracked.ts says when something is no longer true.
//
//   miss ── begin(id) ──> Redis ── end(flight, session) ──> cached, unless in between came
//                                          forget(owner) or clear(): then what was read may be old, and is not kept

import type { SessionRecord } from '../../contracts/store.ts';

export interface CacheBounds {
  readonly maxEntries: number;
  /** Counted as two bytes a character and what the objects around them take: never less than what the heap holds. */
  readonly maxBytes: number;
  /** ms after which an entry is no longer answered. */
  readonly maxStaleMs: number;
}

/** A read that is under way. Several reads at one place share it. */
interface Flight {
  readonly place: string;
  reads: number;
  /** Something at this place was written since the read began. */
  overtaken: boolean;
}

interface Entry {
  readonly session: SessionRecord;
  /** Monotonic ms from which it is too old. */
  readonly until: number;
  readonly bytes: number;
  /** Another session of the same user. */
  next: Entry | undefined;
  /** Since eviction last came by. */
  used: boolean;
}

/** Entry, frozen record, map slot and the two copies of the id, measured on Node 24 and rounded up. */
const ENTRY_BYTES = 512;

export interface CachedSessions {
  find(id: string, now: number): SessionRecord | undefined;
  begin(id: string): Flight;
  /** Ends a read: keeps what it found, if that is still true. `readAt` is when it began. */
  end(flight: Flight, session: SessionRecord | undefined, readAt: number): void;
  /** What is cached of this user (a partition, or the id of one of the sessions), and what is being read, is no longer true. */
  forget(owner: string): void;
  clear(): void;
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: number;
}

/**
 * The part of a partition by which it is found. V8 copies a part of a text of up to 12 characters; a longer one is a view of the
 * text, and comparing two views takes as long as all else here. Users who share these 72 bits only lose what is cached together.
 */
const PLACE_LENGTH = 12;

/** Of an id, of a partition, or of a place. */
const placeIn = (id: string): string => id.slice(0, PLACE_LENGTH);

export function createCachedSessions({ maxEntries, maxBytes, maxStaleMs }: CacheBounds): CachedSessions {
  // In the order in which they came; what was used since the last round gets another (second chance).
  const cached = new Map<string, Entry>();
  const flights = new Map<string, Flight>();
  let entries = 0;
  let bytes = 0;
  let evictions = 0;

  function remove(place: string): number {
    let removed = 0;
    for (let entry = cached.get(place); entry !== undefined; entry = entry.next) {
      bytes -= entry.bytes;
      removed++;
    }
    cached.delete(place);
    entries -= removed;
    return removed;
  }

  function makeRoom(): void {
    for (const [place, entry] of cached) {
      if (entries <= maxEntries && bytes <= maxBytes) return;
      if (isUsed(entry)) {
        // To the end of the line; `for … of` comes by again.
        cached.delete(place);
        cached.set(place, entry);
      } else {
        evictions += remove(place);
      }
    }
  }

  function put(place: string, session: SessionRecord, until: number): void {
    const size = ENTRY_BYTES + 2 * (session.data.length + (session.userId?.length ?? 0));
    if (size > maxBytes) return;
    let others: Entry | undefined;
    let entry = cached.get(place);
    while (entry !== undefined) {
      const { next } = entry;
      if (entry.session.id === session.id) {
        // Read twice at once, or too old: the later answer takes the place of the earlier one.
        bytes -= entry.bytes;
        entries--;
      } else {
        entry.next = others;
        others = entry;
      }
      entry = next;
    }
    // Handed out to many requests: nobody may change it.
    cached.set(place, { session: Object.freeze(session), until, bytes: size, next: others, used: false });
    entries++;
    bytes += size;
    makeRoom();
  }

  return {
    find(id, now) {
      let entry = cached.get(placeIn(id));
      while (entry !== undefined && entry.session.id !== id) entry = entry.next;
      if (entry === undefined || now >= entry.until) return undefined;
      entry.used = true;
      return entry.session;
    },

    begin(id) {
      const place = placeIn(id);
      let flight = flights.get(place);
      if (flight === undefined) {
        flight = { place, reads: 0, overtaken: false };
        flights.set(place, flight);
      }
      flight.reads++;
      return flight;
    },

    end(flight, session, readAt) {
      const { place, overtaken } = flight;
      if (--flight.reads === 0 && flights.get(place) === flight) flights.delete(place);
      if (!overtaken && session !== undefined) put(place, session, readAt + maxStaleMs);
    },

    forget(owner) {
      const place = placeIn(owner);
      const flight = flights.get(place);
      if (flight !== undefined) {
        flight.overtaken = true;
        // Reads from now on are none of those that it overtook.
        flights.delete(place);
      }
      remove(place);
    },

    clear() {
      for (const flight of flights.values()) flight.overtaken = true;
      flights.clear();
      cached.clear();
      entries = 0;
      bytes = 0;
    },

    get entries() {
      return entries;
    },
    get bytes() {
      return bytes;
    },
    get evictions() {
      return evictions;
    },
  };
}

function isUsed(first: Entry): boolean {
  let used = false;
  for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) {
    used ||= entry.used;
    entry.used = false;
  }
  return used;
}
