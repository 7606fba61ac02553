// What happens to device-bound sessions, in GET /metrics and in the log. A refresh is counted only: there is one per
// device every few minutes.

import type { DeviceEvent } from '@statecraft/auth-fastify';
import { createLineLimit, type Figure } from '@statecraft/service-kit';
import type { FastifyBaseLogger } from 'fastify';

export interface DeviceEvents {
  readonly onEvent: (event: DeviceEvent) => void;
  readonly figures: readonly Figure[];
}

/** @param log where registrations and refusals go; undefined without AUTH_EVENTS */
export function createDeviceEvents(log: FastifyBaseLogger | undefined): DeviceEvents {
  const counts = { registered: 0, refreshed: 0, refused: 0, skipped: 0 };
  const refused: Record<string, number> = {};
  const skipped: Record<string, number> = {};
  const limit = createLineLimit();

  function count(event: DeviceEvent): void {
    counts[event.kind]++;
    if (event.kind === 'refused') refused[event.reason] = (refused[event.reason] ?? 0) + 1;
    if (event.kind === 'skipped') skipped[event.reason] = (skipped[event.reason] ?? 0) + 1;
  }

  function write(event: DeviceEvent, leftOut: number): void {
    const { kind, request, sessionId, userId: user } = event;
    const reason = 'reason' in event ? event.reason : undefined;
    const fields = { reqId: request.id, event: `device-${kind}`, reason, user, session: sessionId, ip: request.ip };
    log?.info({ ...fields, ...(leftOut > 0 && { leftOut }) }, 'auth');
  }

  return {
    onEvent(event) {
      count(event);
      if (event.kind === 'registered') write(event, 0);
      // A copied cookie can be used many times in a second.
      if ('reason' in event) limit(`${event.kind} ${event.reason}`, (leftOut) => write(event, leftOut));
    },
    figures: [
      {
        name: 'session_device_events_total',
        help: 'Device-bound sessions: keys registered, cookies renewed, requests and proofs refused, renewals that a browser skipped.',
        type: 'counter',
        label: 'event',
        read: () => counts,
      },
      {
        name: 'session_device_refusals_total',
        help: 'Requests and proofs that were refused, by code.',
        type: 'counter',
        label: 'code',
        read: () => refused,
      },
      {
        name: 'session_device_skips_total',
        help: 'Requests without a fresh device cookie, by the reason that the browser gave.',
        type: 'counter',
        label: 'reason',
        read: () => skipped,
      },
    ],
  };
}
