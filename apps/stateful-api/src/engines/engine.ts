// What an engine gets to keep an app's sessions.

import type { ReplacingDetails, SessionStore, SessionStrategy, UserSessions } from '@statecraft/auth-core';
import type { DeviceEvent } from '@statecraft/auth-fastify';

export interface EngineOptions {
  readonly store: SessionStore & UserSessions & ReplacingDetails;
  readonly strategy: SessionStrategy;
  /** Whether the cookie is sent over TLS only. */
  readonly secure: boolean;
  /** Gets what happens to device-bound sessions. */
  readonly onDeviceEvent?: ((event: DeviceEvent) => void) | undefined;
  /** Signs the cookie of @fastify/session. */
  readonly secret: string | undefined;
  /** Counts and logs that the idle expiry of a session could not be moved. */
  readonly onTouchFailed: (error: unknown) => void;
}
