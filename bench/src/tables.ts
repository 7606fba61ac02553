// Results as two tables, and a table as plain text or as Markdown.

import { computeBareMicros, computeMedian, hasSteadyBare, type Result, type Results } from './results.ts';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly Row[];
}

interface Row {
  readonly cells: readonly string[];
  /** This project's own: bold in Markdown, marked with an asterisk in plain text. */
  readonly own: boolean;
}

/** (a) The library and its peers in plain apps, the cheapest first. */
export function createPlainTable(results: Results): Table {
  const { contenders } = results;
  const bare = computeBareMicros(results);
  const formatRatio = createRatioFormat(results);
  const rows = contenders
    .filter(({ table }) => table === 'plain')
    .sort((a, b) => computeMedian(a.micros) - computeMedian(b.micros))
    .map((result) => {
      const micros = computeMedian(result.micros);
      const peers = contenders.filter(({ name }) => result.peers.includes(name));
      const beside = peers.map((peer) => formatRatio(micros, computeMedian(peer.micros), ` of ${peer.title}`));
      const figures = [...formatMicros(result), formatRatio(micros, bare), ...formatSpeed(result)];
      return { own: result.own, cells: [result.title, ...figures, [...new Set(beside)].join('; ')] };
    });
  const head = [
    'in a plain app',
    'µs a request',
    'minimum',
    '× bare',
    'requests/s',
    'p99 ms',
    'beside the nearest peer',
  ];
  return { head, rows };
}

/** (b) Each API's route for a signed-in user beside an open route of the same API. */
export function createApiTable(results: Results): Table {
  const { contenders } = results;
  const formatRatio = createRatioFormat(results);
  const rows = contenders
    .filter(({ table, peers }) => table === 'api' && peers.length > 0)
    .flatMap((result) => {
      const open = contenders.find(({ name }) => result.peers.includes(name));
      if (open === undefined) return [];
      const ratio = formatRatio(computeMedian(result.micros), computeMedian(open.micros));
      const [openMicros = ''] = formatMicros(open);
      return [
        { own: false, cells: [result.title, openMicros, ...formatMicros(result), ratio, ...formatSpeed(result)] },
      ];
    });
  const head = ['API', '/health, µs', '/auth/me, µs', 'minimum', '× /health', 'requests/s', 'p99 ms'];
  return { head, rows };
}

export function toMarkdown({ head, rows }: Table): string {
  const aligned = head.map((_, column) => (isText(rows, column) ? '---' : '--:'));
  const body = rows.map(({ own, cells: [title, ...rest] }) => [own ? `**${title}**` : title, ...rest]);
  return [['', ...head.slice(1)], aligned, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function toText({ head, rows }: Table): string {
  const lines = [head, ...rows.map(({ own, cells: [title, ...rest] }) => [own ? `${title} *` : `${title}`, ...rest])];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n');

  function pad(cell: string, column: number): string {
    const width = widths[column] ?? 0;
    return isText(rows, column) ? cell.padEnd(width) : cell.padStart(width);
  }
}

function createRatioFormat(results: Results): (micros: number, base: number, what?: string) => string {
  return hasSteadyBare(results) ? (micros, base, what = '') => (micros / base).toFixed(2) + what : () => 'unknown';
}

function formatMicros({ micros }: Result): string[] {
  return [computeMedian(micros).toFixed(1), Math.min(...micros).toFixed(1)];
}

function formatSpeed({ requestsPerSecond, p99Ms }: Result): string[] {
  return [Math.round(computeMedian(requestsPerSecond)).toLocaleString('en'), p99Ms.toFixed(1)];
}

/** A column of words begins on the left, one of figures ends on the right. */
function isText(rows: readonly Row[], column: number): boolean {
  return rows.some(({ cells }) => / [a-z@]/.test(cells[column] ?? ''));
}
