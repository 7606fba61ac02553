// Where a session went that was rotated within the last minute: a destroy of the old id must end its successors, too.

/** ms for which a rotation is kept. */
const MOVED_MS = 60_000;

export interface MovedSessions {
  add(id: string, newId: string, now: number): void;
  /** The id is in use again, and no longer that of a session that moved. */
  remove(id: string): void;
  /** The id and all ids that it was rotated to, one after the other, if that was within the last minute. */
  follow(id: string, now: number): readonly string[];
  /** Forgets the rotations of more than a minute ago. */
  prune(now: number): void;
}

export function createMovedSessions(): MovedSessions {
  // In the order of the rotations, so the oldest comes first.
  const moved = new Map<string, { readonly newId: string; readonly until: number }>();

  function prune(now: number): void {
    for (const [id, { until }] of moved) {
      if (until > now) return;
      moved.delete(id);
    }
  }

  return {
    add(id, newId, now) {
      prune(now);
      moved.delete(newId);
      moved.set(id, { newId, until: now + MOVED_MS });
    },
    remove: (id) => void moved.delete(id),
    follow(id, now) {
      const ids = [id];
      for (let next = moved.get(id); next !== undefined && now < next.until; next = moved.get(next.newId)) {
        ids.push(next.newId);
      }
      return ids;
    },
    prune,
  };
}
