// The progress of a run: a few lines that are redrawn in place on a terminal, plain lines elsewhere.

import { clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';
import type { MarkEvent, Progress } from '@statecraft/lab';
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

/** `2 of 5, about 40 s left`, from the mean of the turns that are done. */
export function createTurns(now: () => number) {
  const begun = now();
  let turn: { readonly number: number; readonly of: number; readonly at: number } | undefined;

  return {
    begin(number: number, of: number): void {
      turn = { number, of, at: now() };
    },
    format(): string {
      if (turn === undefined) return '';
      const { number, of, at } = turn;
      const place = `${number} of ${of}`;
      if (number === 1) return place;
      const leftMs = ((at - begun) / (number - 1)) * (of - number + 1) - (now() - at);
      return `${place}, about ${Math.max(1, Math.round(leftMs / 1_000))} s left`;
    },
  };
}

const formatTime = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const formatMark = ({ at, text }: MarkEvent): string => `${formatTime(at)}: ${text}`;

/** One line for each step and each fault; counts at most every two seconds. */
function createLineView(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const tally = createTally();
  const turns = createTurns(now);
  let last = now();
  return {
    turn(number, of) {
      turns.begin(number, of);
      stream.write(`${turns.format()}\n`);
    },
    step: (text) => void stream.write(`${text} …\n`),
    say: (line) => void stream.write(`${line}\n`),
    event(event) {
      tally.add(event);
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
  const turns = createTurns(now);
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
      [`${((now() - begun) / 1_000).toFixed(0)} s`, turns.format(), step].filter(Boolean).join('  '),
      ...(part === '' ? [] : [`  ${part}: ${tally.formatCounts()}`, `  ${tally.formatSignedIn()}`]),
      ...marks.map((mark) => `  ! ${mark}`),
    ].map((line) => line.slice(0, readWidth(stream) - 1));
    stream.write(lines.map((line, index) => `${index === 0 ? line : dim(line)}\n`).join(''));
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    turn(number, of) {
      turns.begin(number, of);
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
      if (event.type === 'mark') marks = [...marks, formatMark(event)].slice(-MARKS_SHOWN);
      dirty = true;
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}
