// The progress of a run: a few lines that are redrawn in place on a terminal, plain lines elsewhere.

import { clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';
import { formatTaken, type MarkEvent, type PlannedRun, type Progress } from '@statecraft/lab';
import { hasColour, readWidth } from '../terminal.ts';
import { createTally } from './tally.ts';

interface ProgressView extends Progress {
  /** Clears what would be redrawn. */
  end(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 2_000;
const MARKS_SHOWN = 3;

/** `now`: ms, monotonic. */
export function createProgress(stream: NodeJS.WriteStream, now = () => performance.now()): ProgressView {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
    ? createLiveView(stream, now)
    : createLineView(stream, now);
}

/** `part 3 of 15, about 40 s left`: as planned at first, and the more is done, the more as measured. */
export function createCountdown(now: () => number) {
  let planned: PlannedRun | undefined;
  let begunAt = 0;
  let done = 0;
  let doneAt = 0;

  return {
    begin(plan: PlannedRun): void {
      planned = plan;
      begunAt = doneAt = now();
    },
    endPart(): void {
      done += 1;
      doneAt = now();
    },
    format(): string {
      if (planned === undefined) return '';
      const { parts, seconds } = planned;
      const left = 1 - Math.min(done, parts - 1) / parts;
      // What is measured of the parts that are done weighs as much as they are of the whole.
      const leftMs = left * (doneAt - begunAt + left * seconds * 1_000) - (now() - doneAt);
      return `part ${Math.min(done + 1, parts)} of ${parts}, about ${formatTaken(Math.max(1, Math.round(leftMs / 1_000)))} left`;
    },
  };
}

const formatTime = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const formatMark = ({ at, text }: MarkEvent): string => `${formatTime(at)}: ${text}`;

/** One line for each step and each fault; counts at most every two seconds. */
function createLineView(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const tally = createTally();
  const countdown = createCountdown(now);
  let last = now();
  return {
    begin(planned) {
      countdown.begin(planned);
      stream.write(`${countdown.format()}\n`);
    },
    step: (text) => void stream.write(`${text} …\n`),
    say: (line) => void stream.write(`${line}\n`),
    event(event) {
      tally.add(event);
      if (event.type === 'part') stream.write(`${countdown.format()}: ${tally.getPart()}\n`);
      if (event.type === 'part-end') countdown.endPart();
      if (event.type === 'mark') stream.write(`  ${formatMark(event)}\n`);
      if (now() - last < LINE_MS) return;
      last = now();
      stream.write(`  ${formatTime(tally.getTime())}: ${tally.formatCounts()}; ${tally.formatSignedIn()}\n`);
    },
    end: () => undefined,
  };
}

/** Drawn at most ten times a second, when something has changed, and never wider than the terminal. */
function createLiveView(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const tally = createTally();
  const countdown = createCountdown(now);
  const begun = now();
  const dim = (text: string) => (hasColour(stream) ? styleText('dim', text, { validateStream: false }) : text);
  let step = 'starting';
  let marks: string[] = [];
  let drawn = 0;
  let dirty = true;

  const clear = () => {
    if (drawn > 0) moveCursor(stream, 0, -drawn);
    stream.write('\r');
    clearScreenDown(stream);
    drawn = 0;
  };
  const draw = () => {
    if (!dirty) return;
    dirty = false;
    clear();
    const part = tally.getPart();
    const lines = [
      [`${((now() - begun) / 1_000).toFixed(0)} s`, countdown.format(), step].filter(Boolean).join('  '),
      ...(part === '' ? [] : [`  ${part}: ${tally.formatCounts()}`, `  ${tally.formatSignedIn()}`]),
      ...marks.map((mark) => `  ! ${mark}`),
    ].map((line) => line.slice(0, readWidth(stream) - 1));
    stream.write(lines.map((line, index) => `${index === 0 ? line : dim(line)}\n`).join(''));
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    begin(planned) {
      countdown.begin(planned);
      dirty = true;
    },
    step(text) {
      step = text;
      dirty = true;
    },
    say(line) {
      clear();
      stream.write(`${line}\n`);
      dirty = true;
    },
    event(event) {
      tally.add(event);
      if (event.type === 'part') marks = [];
      if (event.type === 'part-end') countdown.endPart();
      if (event.type === 'mark') marks = [...marks, formatMark(event)].slice(-MARKS_SHOWN);
      dirty = true;
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}
