// Whether a record that was read is still what the store has. A store with a cache may answer what was true before
// another server's write, and some answers must not rest on that.

import { attempt } from '../awaitable.ts';
import type { DetailsOutcome, ReplacingDetails, SessionRecord } from '../contracts/store.ts';
import type { Awaitable } from '../contracts/strategy.ts';
import { AuthError } from '../errors.ts';

/**
 * Replaces the details by themselves: `replaced` if the store has them, to the letter.
 * @throws ERR_STORE_FULL, ERR_STORE_UNAVAILABLE
 */
export function confirmDetails(store: ReplacingDetails, { id, details }: SessionRecord): Awaitable<DetailsOutcome> {
  const outcome = attempt(() => store.replaceDetails(id, { from: details, to: details }));
  return outcome instanceof Promise ? outcome.catch(acceptTooLarge) : outcome;
}

/** The stored details themselves are too large since a limit was lowered. */
function acceptTooLarge(error: unknown): DetailsOutcome {
  if (error instanceof AuthError && error.code === 'ERR_SESSION_DATA_TOO_LARGE') return 'replaced';
  throw error;
}
