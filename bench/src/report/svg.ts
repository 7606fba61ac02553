// What both drawings share: a frame that fits light and dark pages, and is read out by title and description. Kinds are
// told apart by pattern, dash and marker, never by colour alone.

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
}

const STYLE = `
    svg { --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --paper: #ffffff; --ours: #0550ae; --peer: #8c959f; --hand: #59636e; }
    @media (prefers-color-scheme: dark) {
      svg { --ink: #f0f6fc; --soft: #9198a1; --grid: #3d444d; --paper: #0d1117; --ours: #58a6ff; --peer: #656c76; --hand: #9198a1; }
    }
    text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--ink); }
    .soft { fill: var(--soft); font-size: 12px; }
    .strong { font-weight: 700; }
    .head { font-size: 16px; font-weight: 700; }
    .end { text-anchor: end; }
    .middle { text-anchor: middle; }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .axis, .whisker { stroke: var(--ink); stroke-width: 1.5; fill: none; }
    .ours { fill: var(--ours); stroke: var(--ours); }
    .peer { fill: url(#hatch); stroke: var(--peer); }
    .hand, .control { fill: none; stroke: var(--hand); stroke-dasharray: 3 2; }
    .line { fill: none; stroke: var(--ours); stroke-width: 2; }
    .dashed { stroke-dasharray: 6 4; }
    .dot { fill: var(--ours); stroke: var(--paper); stroke-width: 1; }
    .paper { fill: var(--paper); }
    .hatch { stroke: var(--peer); stroke-width: 2; }`;

const HATCH = `
  <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect class="paper" width="6" height="6"/><line class="hatch" x1="0" y1="0" x2="0" y2="6"/>
  </pattern></defs>`;

export function drawing({ width, height, title, description }: Frame, parts: readonly string[]): string {
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-labelledby="title description">
  <title id="title">${inXml(title)}</title>
  <desc id="description">${inXml(description)}</desc>
  <style>${STYLE}
  </style>${HATCH}
  <g class="page">
  <rect class="paper" width="${width}" height="${height}"/>
  ${parts.join('\n  ')}
  </g>
</svg>
`;
}

export const text = (x: number, y: number, words: string, kind = ''): string =>
  `<text x="${at(x)}" y="${at(y)}"${kind === '' ? '' : ` class="${kind}"`}>${inXml(words)}</text>`;

export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): string =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${kind}"/>`;

export const rect = (x: number, y: number, width: number, height: number, kind: string): string =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" class="${kind}"/>`;

export const at = (value: number): string => String(Math.round(value * 10) / 10);

const inXml = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
