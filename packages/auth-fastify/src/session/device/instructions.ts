// The JSON session instructions of the draft: what the browser keeps about a binding.

import type { SessionCookie } from '../cookie.ts';

/** The binding goes on. `refresh_url` is relative to the request that gets these instructions. */
export function createInstructions(bindingId: string, refreshUrl: string, cookie: SessionCookie) {
  return {
    session_identifier: bindingId,
    refresh_url: refreshUrl,
    // Of the origin that answers: the cookie is for its host, too.
    scope: { include_site: false },
    credentials: [{ type: 'cookie', name: cookie.name, attributes: cookie.attributes }],
  };
}

/** The browser drops the binding. */
export function createFarewell(bindingId: string) {
  return { session_identifier: bindingId, continue: false };
}
