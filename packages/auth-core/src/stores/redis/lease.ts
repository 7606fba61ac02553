// How long the reports of Redis are trusted. When a PING is answered, all earlier reports have arrived; so each answer
// is a lease on the cache for two heartbeats.

export interface LeaseOptions {
  readonly ping: () => Promise<unknown>;
  /** ms between two PINGs. */
  readonly heartbeatMs: number;
  /** ms of a clock that is never set. */
  readonly monotonic: () => number;
}

export interface Lease {
  isHeld(now: number): boolean;
  /** Asks for the next two heartbeats. Never throws: without an answer the lease runs out by itself. */
  renew(): Promise<void>;
  /** Ends the lease. The answer to an earlier PING does not renew it. */
  end(): void;
}

export function createLease({ ping, heartbeatMs, monotonic }: LeaseOptions): Lease {
  let heldUntil = Number.NEGATIVE_INFINITY;
  let isPinging = false;
  let endings = 0;

  return {
    isHeld: (now) => now < heldUntil,

    async renew() {
      if (isPinging) return;
      const sentAt = monotonic();
      const endingsBefore = endings;
      isPinging = true;
      try {
        await ping();
        if (endingsBefore === endings) heldUntil = sentAt + 2 * heartbeatMs;
      } catch {
        // No answer.
      } finally {
        isPinging = false;
      }
    },

    end() {
      endings++;
      heldUntil = Number.NEGATIVE_INFINITY;
    },
  };
}
