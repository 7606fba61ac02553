// HTML from a tagged template: values are escaped unless they are HTML themselves.

export interface Html {
  readonly html: string;
}
type Value = Html | string | number | undefined | readonly Value[];

/** `html`<p>${text}</p>`` */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return { html: strings.map((text, index) => text + render(values[index])).join('') };
}

/** Text that is HTML already: of this page, or of a chart. */
export const trust = (text: string): Html => ({ html: text });

function render(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return 'html' in value ? value.html : value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
