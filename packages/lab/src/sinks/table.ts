// A table in plain text that fits a width: the widest columns become narrower and wrap. It does not depend on reports.

export interface TextCell {
  readonly text: string;
  /** Colours one line of the cell; the words say the same. */
  readonly paint?: (line: string) => string;
}

const LEAST_WIDTH = 8;

/**
 * Lines of at most `width` columns, or undefined when the columns cannot be made that narrow. The first row is the head;
 * `ruled` draws a line between all rows.
 */
export function drawTable(rows: readonly (readonly TextCell[])[], width: number, ruled = true): string[] | undefined {
  const widths = fitColumns(rows, width);
  if (widths === undefined) return undefined;
  const drawRule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((column) => '─'.repeat(column + 2)).join(middle)}${right}`;
  const body = rows.map((row) => drawRow(row, widths));
  const between = drawRule('├', '┼', '┤');
  return [
    drawRule('┌', '┬', '┐'),
    ...body.flatMap((lines, index) => (index === 1 || (ruled && index > 1) ? [between, ...lines] : lines)),
    drawRule('└', '┴', '┘'),
  ];
}

/** Words in lines of at most `width` characters; a longer word is cut. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[ \t\n]+/).flatMap((whole) => cutWord(whole, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const cutWord = (word: string, width: number): string[] =>
  word.length <= width ? [word] : [word.slice(0, width), ...cutWord(word.slice(width), width)];

function fitColumns(rows: readonly (readonly TextCell[])[], width: number): number[] | undefined {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(1, ...rows.flatMap((row) => (row[column]?.text ?? '').split('\n').map((line) => line.length))),
  );
  const room = width - 3 * columns - 1;
  if (room < columns * LEAST_WIDTH) return undefined;
  // The widest column gives up one character at a time, so that narrow columns keep theirs.
  for (let excess = widths.reduce((sum, one) => sum + one, 0) - room; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

function drawRow(row: readonly TextCell[], widths: readonly number[]): string[] {
  const cells = row.map(({ text }, column) =>
    text.split('\n').flatMap((line) => wrapText(line, widths[column] ?? LEAST_WIDTH)),
  );
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => {
    const line = row.map(({ paint = (plain) => plain }, column) =>
      paint((cells[column]?.[index] ?? '').padEnd(widths[column] ?? 0)),
    );
    return `│ ${line.join(' │ ')} │`;
  });
}
