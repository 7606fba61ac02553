// Two requests changed one session. An option decides what happens to the changes of the later one.

import { createAuthError } from '../errors.ts';

/** The data of a session, by property. */
export type SessionData = Record<string, unknown>;

/**
 * `reject`: 409. `retry`: properties that only one of the two requests changed are merged; one that both changed is
 * 409. A function: its answer is stored; undefined is 409. It may change its three arguments, and it may run several
 * times for one request.
 */
export type ConflictRule =
  | 'reject'
  | 'retry'
  | ((mine: SessionData, theirs: SessionData, base: SessionData) => SessionData | undefined);

/** The data to store, or undefined when the changes of both cannot be kept. */
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
    const [ours, other, before] = [mine, theirs, base].map((data) => encodeProperty(data, name));
    const mineChanged = ours !== before;
    // Also when both wrote the same value: if two requests each count from 1 to 2, one count is lost.
    if (mineChanged && other !== before) return undefined;
    const from = mineChanged ? mine : theirs;
    if (Object.hasOwn(from, name)) merged[name] = from[name];
  }
  return merged;
}

function encodeProperty(data: SessionData, name: string): string | undefined {
  return Object.hasOwn(data, name) ? JSON.stringify(data[name]) : undefined;
}

/**
 * The object of a session's JSON text. A property `__proto__` at its top is left out.
 * @throws ERR_SESSION_UNREADABLE for a text that is not a JSON object
 */
export function parseSessionData(text: string): SessionData {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw createAuthError('ERR_SESSION_UNREADABLE');
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw createAuthError('ERR_SESSION_UNREADABLE');
  if (Object.hasOwn(data, '__proto__')) Reflect.deleteProperty(data, '__proto__');
  return data as SessionData;
}
