// Two requests changed one session. What becomes of the later one's changes is an option; this is what it means.

import { AuthError } from '@statecraft/auth-core';

export type SessionData = Record<string, unknown>;

/**
 * `reject`: 409. `retry`: properties that only one of the two changed are merged; one that both changed is 409. A function: its answer is stored in their place; undefined is 409. All three arguments are its own to change.
 * It may run several times for one request.
 */
export type ConflictRule =
  | 'reject'
  | 'retry'
  | ((mine: SessionData, theirs: SessionData, base: SessionData) => SessionData | undefined);

/** What to store, or undefined: the two cannot both be kept. */
export function mergeSessions(
  rule: ConflictRule,
  mine: SessionData,
  theirs: SessionData,
  base: SessionData,
): SessionData | undefined {
  if (rule === 'reject') return undefined;
  return rule === 'retry' ? mergeProperties(mine, theirs, base) : rule(mine, theirs, base);
}

/** Three-way, by top-level property; a property that was removed counts as changed. */
function mergeProperties(mine: SessionData, theirs: SessionData, base: SessionData): SessionData | undefined {
  const merged: SessionData = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const [ours, other, before] = [textOf(mine, name), textOf(theirs, name), textOf(base, name)];
    const mineChanged = ours !== before;
    // Also when both wrote the same: two that each count from 1 to 2 have lost one.
    if (mineChanged && other !== before) return undefined;
    const from = mineChanged ? mine : theirs;
    if (Object.hasOwn(from, name)) merged[name] = from[name];
  }
  return merged;
}

function textOf(data: SessionData, name: string): string | undefined {
  return Object.hasOwn(data, name) ? JSON.stringify(data[name]) : undefined;
}

/**
 * The object of a session's JSON text. A `__proto__` at its top is left out.
 * @throws ERR_SESSION_INVALID for a text that is not a JSON object: whoever wrote it, the user must sign in again.
 */
export function parseSessionData(text: string): SessionData {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new AuthError('ERR_SESSION_INVALID', undefined, { cause });
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new AuthError('ERR_SESSION_INVALID');
  if (Object.hasOwn(data, '__proto__')) Reflect.deleteProperty(data, '__proto__');
  return data as SessionData;
}
