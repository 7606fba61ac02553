// The sections of a page: each has a heading, folds, and is in the contents.

import { type Html, html } from './template.ts';

export interface Fold {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
  /** Closed until the reader opens it, except on paper. */
  readonly isClosed?: boolean;
}

export function drawFold({ id, title, body, isClosed = false }: Fold): Html {
  return html`<section aria-labelledby="${id}"><details class="fold"${isClosed ? '' : ' open'}><summary><h2 id="${id}">${title}</h2></summary>
${body}</details></section>\n`;
}

export function drawContents(folds: readonly Pick<Fold, 'id' | 'title'>[]): Html {
  const links = folds.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<nav class="contents" aria-label="Contents"><ul>${links}</ul></nav>`;
}

/** For ids: letters, digits and hyphens. */
export const createId = (...names: readonly string[]): string => names.join('-').replace(/[^\w-]/g, '-');
