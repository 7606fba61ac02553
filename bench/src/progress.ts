// Progress on stderr: one line that is rewritten on a terminal, else a line for each measurement.

export interface Progress {
  show(label: string): void;
  /** Counts one measurement as done. */
  finish(label: string): void;
  /** Ends the rewritten line. */
  close(): void;
}

const CLEAR_LINE = '\r\x1b[K';
const MINUTE_MS = 60_000;

export function createProgress(total: number, out: NodeJS.WriteStream = process.stderr): Progress {
  const rewrites = out.isTTY === true && process.env.TERM !== 'dumb';
  const start = performance.now();
  let done = 0;
  return {
    show(label) {
      if (rewrites) out.write(`${CLEAR_LINE}${done + 1}/${total}  ${label}${describeRest()}`);
    },
    finish(label) {
      done++;
      if (!rewrites) out.write(`${done}/${total}  ${label}${describeRest()}\n`);
    },
    close() {
      if (rewrites) out.write(CLEAR_LINE);
    },
  };

  function describeRest(): string {
    if (done === 0) return '';
    const restMs = ((performance.now() - start) / done) * (total - done);
    return restMs < MINUTE_MS ? '  less than a minute left' : `  about ${Math.round(restMs / MINUTE_MS)} min left`;
  }
}
