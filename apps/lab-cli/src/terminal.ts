// What a stream can show: its width, and whether colour is wanted there (https://no-color.org).

import type { WriteStream } from 'node:tty';

type Stream = Pick<NodeJS.WriteStream, 'isTTY'> & Partial<Pick<WriteStream, 'columns'>>;

const MOST_COLUMNS = 160;
const DEFAULT_COLUMNS = 100;

export const readWidth = (stream: Stream): number => Math.min(MOST_COLUMNS, stream.columns ?? DEFAULT_COLUMNS);

export const hasColour = (stream: Stream): boolean =>
  stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
