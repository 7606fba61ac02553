// A table in plain text that fits a width: the widest columns give way, their words wrap. It knows nothing of reports.

/** What a cell is to the reader; the terminal may colour it, the words say it already. */
export interface TextCell {
  readonly text: string;
  readonly paint?: (line: string) => string;
}

const LEAST = 8;

/**
 * Lines of at most `width` columns, or undefined when the columns cannot be made that narrow. The first row is the head;
 * `ruled` draws a line between all rows.
 */
export function textTable(rows: readonly (readonly TextCell[])[], width: number, ruled = true): string[] | undefined {
  const widths = columnWidths(rows, width);
  if (widths === undefined) return undefined;
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((column) => '─'.repeat(column + 2)).join(middle)}${right}`;
  const body = rows.map((row) => tableRow(row, widths));
  return [
    rule('┌', '┬', '┐'),
    ...body.flatMap((lines, index) => (index === 1 || (ruled && index > 1) ? [rule('├', '┼', '┤'), ...lines] : lines)),
    rule('└', '┴', '┘'),
  ];
}

/** Words in lines of at most `width` characters; a longer word is cut, a no-break space breaks no line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[ \t\n]+/).flatMap((whole) => pieces(whole, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const pieces = (word: string, width: number): string[] =>
  word.length <= width ? [word] : [word.slice(0, width), ...pieces(word.slice(width), width)];

function columnWidths(rows: readonly (readonly TextCell[])[], width: number): number[] | undefined {
  const columns = rows[0]?.length ?? 0;
  const natural = Array.from({ length: columns }, (_, column) =>
    Math.max(1, ...rows.flatMap((row) => (row[column]?.text ?? '').split('\n').map((line) => line.length))),
  );
  const room = width - 3 * columns - 1;
  if (room < columns * LEAST) return undefined;
  // The widest column gives a character at a time, so that narrow ones keep theirs.
  for (let excess = natural.reduce((sum, one) => sum + one, 0) - room; excess > 0; excess--) {
    const widest = natural.indexOf(Math.max(...natural));
    natural[widest] = (natural[widest] ?? 1) - 1;
  }
  return natural;
}

function tableRow(row: readonly TextCell[], widths: readonly number[]): string[] {
  const cells = row.map(({ text }, column) => text.split('\n').flatMap((line) => wrap(line, widths[column] ?? LEAST)));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => {
    const line = row.map(({ paint = (plain) => plain }, column) =>
      paint((cells[column]?.[index] ?? '').padEnd(widths[column] ?? 0)),
    );
    return `│ ${line.join(' │ ')} │`;
  });
}
