// The HTML format. It reads its style and its script only when a page is made.

import type { Report } from '../contracts/report.ts';

/** One file that works offline. */
export async function toHtml(report: Report): Promise<string> {
  const { drawPage } = await import('./html/page.ts');
  return drawPage(report);
}
