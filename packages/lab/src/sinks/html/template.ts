// HTML from a tagged template: what is put in is escaped, unless it is HTML from here.

export interface Html {
  readonly html: string;
}
type Part = Html | string | number | undefined | readonly Part[];

/** `html`<p>${text}</p>`` */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { html: strings.map((text, index) => text + render(parts[index])).join('') };
}

/** Text that is HTML already: ours, or a chart's. */
export const trusted = (text: string): Html => ({ html: text });

function render(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(render).join('');
  return String(part).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
