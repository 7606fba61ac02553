// Lines about the process itself, on stderr: they are written before there is a log, and whatever its level is.

/**
 * Writes one line: JSON as in the log if NODE_ENV is `production`, for programs that collect it; otherwise plain text.
 * @param level pino's: 30 is info, 40 warn
 */
export function writeNotice(text: string, level = 30): void {
  const line = process.env.NODE_ENV === 'production' ? JSON.stringify({ level, time: Date.now(), msg: text }) : text;
  process.stderr.write(`${line}\n`);
}
