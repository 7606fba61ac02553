// The header fields of device-bound sessions as structured fields (RFC 9651). A field that is not one is ignored as a
// whole; an entry that lacks something is ignored alone, as the draft demands (w3c/webappsec-dbsc, 8.1 and 8.2).

import {
  type BareItem,
  isInnerList,
  type List,
  parseList,
  serializeItem,
  serializeList,
  Token,
} from 'structured-headers';
import { type DeviceAlgorithm, isDeviceAlgorithm } from './device-key.ts';
import type { ReceivedAnswer } from './exchange.ts';

/** An entry of `Secure-Session-Registration`: the server offers to bind the session to a key. */
export interface Offer {
  readonly algorithms: readonly DeviceAlgorithm[];
  /** Relative to the URL of the answer, or absolute. */
  readonly path: string;
  readonly challenge: string;
  readonly authorization: string | undefined;
}

/** An entry of `Secure-Session-Challenge`: what the next proof of the session `id` must hold. */
export interface Challenge {
  readonly id: string;
  readonly challenge: string;
}

/** Why a request goes without a fresh cookie. Browsers have a third reason, their own quota of signatures. */
export type SkipReason = 'unreachable' | 'server_error';

type Headers = ReceivedAnswer['headers'];

/** Answers the offers that this client can take: with a path, a challenge, and a key of its own. */
export function readOffers(headers: Headers): readonly Offer[] {
  return readList(headers['secure-session-registration']).flatMap((entry) => {
    if (!isInnerList(entry)) return [];
    const [items, parameters] = entry;
    const [path, challenge, authorization] = ['path', 'challenge', 'authorization'].map((name) =>
      readString(parameters.get(name)),
    );
    // A key that is shared with another site's session (provider_…) needs that session, which this client never has.
    const isShared = [...parameters.keys()].some((name) => name.startsWith('provider_'));
    if (path === undefined || challenge === undefined || challenge === '' || isShared) return [];
    const algorithms = items.map(([item]) => (item instanceof Token ? item.toString() : '')).filter(isDeviceAlgorithm);
    return [{ algorithms, path, challenge, authorization }];
  });
}

/** Answers the challenges that say which session they are for. */
export function readChallenges(headers: Headers): readonly Challenge[] {
  return readList(headers['secure-session-challenge']).flatMap(([challenge, parameters]) => {
    const id = readString(parameters.get('id'));
    return typeof challenge === 'string' && challenge !== '' && id !== undefined ? [{ id, challenge }] : [];
  });
}

/** True if a header can hold the text as a string: printable ASCII only. */
export function isSendable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

export function formatString(text: string): string {
  return serializeItem(text);
}

/** Formats `Secure-Session-Skipped`. */
export function formatSkipped(skipped: readonly { readonly id: string; readonly reason: SkipReason }[]): string {
  return serializeList(skipped.map(({ id, reason }) => [new Token(reason), new Map([['session_identifier', id]])]));
}

function readList(header: string | string[] | undefined): List {
  if (header === undefined) return [];
  try {
    return parseList([header].flat().join(', '));
  } catch {
    return [];
  }
}

function readString(item: BareItem | undefined): string | undefined {
  return typeof item === 'string' ? item : undefined;
}
