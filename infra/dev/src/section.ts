// The part of a page that a program writes: what is between <!-- generated:<name> --> and <!-- /generated:<name> -->.

/** Returns the page with `content` as its section `name`. @throws if the page has no such section. */
export function replaceSection(page: string, name: string, content: string): string {
  const { from, to } = findSection(page, name);
  return `${page.slice(0, from)}\n${content.trimEnd()}\n${page.slice(to)}`;
}

/** Returns the content of the section `name`. @throws if the page has no such section. */
export function readSection(page: string, name: string): string {
  const { from, to } = findSection(page, name);
  return page.slice(from + 1, to - 1);
}

export const hasSection = (page: string, name: string): boolean => page.includes(`<!-- generated:${name} -->`);

function findSection(page: string, name: string): { from: number; to: number } {
  const [begin, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page has no section ${begin}.`);
  return { from: from + begin.length, to };
}
