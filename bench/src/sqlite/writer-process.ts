// A process that writes sessions into a SQLite store until it is ended: each session is created and updated, and every
// second one destroyed. It reports each write after its answer.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import { deriveSessionId, mintSessionToken } from '@statecraft/auth-core/store';
import { openOnLoop } from './on-loop.ts';
import { meterTurns, type TurnMeter } from './turn-meter.ts';
import type { WriterOptions, WriterOrder, WriterReport } from './writer.ts';

const HOUR = 3_600_000;

const options = JSON.parse(process.argv[2] ?? '') as WriterOptions;
const { path, synchronous, concurrency, kind } = options;
const store = await openStore();
let isStopping = false;
let meter: TurnMeter | undefined;

function openStore() {
  if (kind === 'on-loop') return openOnLoop(options);
  return kind === 'memory' ? createMemoryStore() : createSqliteStore({ path, synchronous });
}

/** Of a call: the part before it answers or gives a promise. */
function measure<T>(call: () => T): T {
  return meter === undefined ? call() : meter.call(call);
}

/**
 * Resolves when the message is in the pipe: what is reported before the next write arrives even if the process is
 * killed.
 */
function report(message: WriterReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

async function writeSession(userId: string, isEnding: boolean): Promise<void> {
  const now = store.clock();
  const id = deriveSessionId(mintSessionToken(userId)) ?? '';
  const times = { createdAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 12 * HOUR };
  const subject = { userId, username: userId, roles: [] };
  await measure(() => store.create({ id, subject, data: '{"cart":[]}', details: '{}', ...times }));
  await report({ kind: 'written', id, step: 'created' });
  const found = await measure(() => store.read(id));
  const change = { version: found?.version ?? 0, data: '{"cart":["tea"]}', idleExpiresAt: now + HOUR };
  await measure(() => store.update(id, change));
  await report({ kind: 'written', id, step: 'updated' });
  if (!isEnding) return;
  await measure(() => store.destroy(id));
  await report({ kind: 'written', id, step: 'destroyed' });
}

async function writeOn(lane: number): Promise<void> {
  for (let count = 0; !isStopping; count++) {
    await writeSession(`${process.pid}-${lane}-${count}`, count % 2 === 1);
    // A store that answers without waiting must leave the loop to others.
    await nextTurn();
  }
}

process.on('message', (order: WriterOrder) => {
  if (order === 'meter') meter = meterTurns();
  else isStopping = true;
});
await Promise.all(Array.from({ length: concurrency }, (_, lane) => writeOn(lane)));
const turns = meter?.stop();
if (turns !== undefined) await report({ kind: 'turns', turns });
await store.close();
process.disconnect();
