// What the event loop and the thread that writes say to each other.

import type { Failure } from './failure.ts';
import type { FileOptions } from './file.ts';
import type { Writes } from './writes.ts';

export type WriteName = keyof Writes;

/** What the thread is started with. */
export interface ThreadOptions extends FileOptions {
  /** ms that opening may wait for a lock. */
  readonly deadlineMs: number;
}

/** One write. */
export interface WriteCommand<N extends WriteName = WriteName> {
  readonly number: number;
  readonly name: N;
  /** `now`, the store's time in ms, is the first. */
  readonly args: Parameters<Writes[N]>;
  /** ms of the machine's monotonic clock. A write that has not begun by then is dropped. */
  readonly expiresAt: number;
}

export type ThreadRequest = WriteCommand | 'close';

/** What became of one write. */
export interface WriteReply {
  readonly number: number;
  readonly answer?: unknown;
  readonly failure?: Failure;
}

export interface OpenedFile {
  /** What its clock showed, in ms since the epoch, at the monotonic moment 0. */
  readonly clockOrigin: number;
  /** As identifyFile tells it. */
  readonly identity: string;
}

/** First `opened` or `refused`; then the replies of each batch. */
export type ThreadReport =
  | { readonly kind: 'opened'; readonly opened: OpenedFile }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly option: boolean }
  | { readonly kind: 'replies'; readonly replies: readonly WriteReply[] };
