// The servers of examples/by-hand side by side, with the lines that differ marked: docs/course/two-servers.md, and the
// same as a page to print.

import { diffLines } from 'diff';
import { readText, wrapText, writeText } from './pages.ts';

const FOLDER = 'examples/by-hand';
const PAGE = 'docs/course/two-servers';

interface Pair {
  readonly title: string;
  readonly left: string;
  readonly right: string;
}

const PAIRS: readonly Pair[] = [
  { title: 'By hand', left: 'stateless-server.ts', right: 'stateful-server.ts' },
  { title: 'With the library', left: 'stateless-with-library.ts', right: 'stateful-with-library.ts' },
  {
    title: 'Stateless: by hand, and with the library',
    left: 'stateless-server.ts',
    right: 'stateless-with-library.ts',
  },
  { title: 'Stateful: by hand, and with the library', left: 'stateful-server.ts', right: 'stateful-with-library.ts' },
];

const INTRODUCTION =
  'The same routes in two files. A row marked ≠ differs; all other rows are the same in both files, and shown once. ' +
  'A stateless server checks what the client sends; a stateful server looks up what it has stored.';

/** Lines that are next to each other: the same text on both sides, or what each side has in this place. */
interface Block {
  readonly isSame: boolean;
  readonly left: string;
  readonly right: string;
}

export function compareTexts(left: string, right: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const { value, added, removed } of diffLines(left, right)) {
    const last = blocks.at(-1);
    if (!added && !removed) blocks.push({ isSame: true, left: value, right: value });
    else if (last === undefined || last.isSame)
      blocks.push({ isSame: false, left: removed ? value : '', right: added ? value : '' });
    else
      blocks[blocks.length - 1] = {
        ...last,
        left: last.left + (removed ? value : ''),
        right: last.right + (added ? value : ''),
      };
  }
  return blocks;
}

export function formatMarkdown(): string {
  const sections = PAIRS.map((pair) => `## ${pair.title}\n\n${formatTable(pair, FOLDER_LINK)}`);
  return `# Two servers, side by side\n\n${wrapText(INTRODUCTION)}\n\n${SOURCES}\n\n${sections.join('\n\n')}\n`;
}

export function formatHtml(): string {
  const sections = PAIRS.map(
    (pair) => `<section>\n<h2>${pair.title}</h2>\n${formatTable(pair, FOLDER_LINK)}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Two servers, side by side</title>
<style>${STYLE}</style>
<h1>Two servers, side by side</h1>
<p>${INTRODUCTION}</p>
${sections.join('\n')}
</html>
`;
}

export function writePages(): void {
  writeText(`${PAGE}.md`, formatMarkdown());
  writeText(`${PAGE}.html`, formatHtml());
}

const FOLDER_LINK = `../../${FOLDER}`;
const SOURCES = `[To print](two-servers.html). The files, how to start them, and what the servers by hand lack:
[examples/by-hand](${FOLDER_LINK}/README.md). \`npm run docs -- two-servers\` writes this page.`;

function formatTable({ left, right }: Pair, folder: string): string {
  const heads = [left, right].map((name) => `<th><a href="${folder}/${name}">${name}</a></th>`).join('');
  const rows = compareTexts(readText(`${FOLDER}/${left}`), readText(`${FOLDER}/${right}`)).map(formatRow);
  return `<table>\n<tr><th></th>${heads}</tr>\n${rows.join('\n')}\n</table>`;
}

/** Equal lines are shown once, over both columns. */
function formatRow({ isSame, left, right }: Block): string {
  const code = (text: string) => `<pre>${escapeHtml(text.replace(/\n+$/, ''))}</pre>`;
  if (isSame) return `<tr><td></td><td colspan="2">${code(left)}</td></tr>`;
  return `<tr class="differs"><td>≠</td><td>${code(left)}</td><td>${code(right)}</td></tr>`;
}

// An empty line would end the table in Markdown.
const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(/^$/gm, '&#8203;');

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { border: 1px solid light-dark(#ccc, #555); padding: 2px 8px; text-align: left; vertical-align: top; }
th:first-child, td:first-child { width: 1.2rem; text-align: center; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, monospace; }
.differs td { background: light-dark(#fff3c4, #4a3d00); }
@media (max-width: 800px) { body { margin: .5rem; } pre { font-size: 11px; } th, td { padding: 1px 4px; } }
@page { size: A4 landscape; margin: 1cm; }
@media print {
  :root { color-scheme: light; }
  body { margin: 0; }
  section { break-before: page; }
  section:first-of-type { break-before: auto; }
  pre { font-size: 7.5pt; }
  .differs td { print-color-adjust: exact; }
}
`;
