// The part of a page that a program writes: what is between <!-- generated:<name> --> and <!-- /generated:<name> -->.

/** The page with `content` as its section `name`; unchanged if it has no such section. */
export function replaceSection(page: string, name: string, content: string): string {
  const place = findSection(page, name);
  return place === undefined ? page : `${page.slice(0, place.from)}\n${content.trimEnd()}\n${page.slice(place.to)}`;
}

/** The content of the section `name`; undefined if the page has no such section. */
export function readSection(page: string, name: string): string | undefined {
  const place = findSection(page, name);
  return place === undefined ? undefined : page.slice(place.from + 1, place.to - 1);
}

function findSection(page: string, name: string): { from: number; to: number } | undefined {
  const [begin, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  return page.includes(begin) && to >= from ? { from, to } : undefined;
}
