// What a stream is: as wide as what, and whether colour is wanted there (https://no-color.org).

import type { WriteStream } from 'node:tty';

type Stream = Pick<NodeJS.WriteStream, 'isTTY'> & Partial<Pick<WriteStream, 'columns'>>;

export const widthOf = (stream: Stream): number => Math.min(160, stream.columns ?? 100);

export const colourOf = (stream: Stream): boolean =>
  stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
