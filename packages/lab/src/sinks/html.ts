// The door to the HTML sink: the chart library is loaded when a page is made, and not before.

import type { Report } from '../contracts/report.ts';

/** One file that works offline. */
export async function toHtml(report: Report): Promise<string> {
  const { htmlPage } = await import('./html/page.ts');
  return htmlPage(report);
}
