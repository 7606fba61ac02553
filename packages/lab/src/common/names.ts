// For a name that nobody knows: the known ones that look like it.

/** Up to three, best first; those that share no more than chance would are left out. */
export function findNearestNames(name: string, known: readonly string[]): string[] {
  return known
    .map((candidate) => ({ candidate, distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 2))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** "There is no mode "redi". Did you mean redis, redis+tracked? There are: …" */
export function describeUnknownName(kind: string, name: string, known: readonly string[]): string {
  const near = findNearestNames(name, known);
  const guess = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
  return `There is no ${kind} "${name}".${guess} There are: ${known.join(', ')}`;
}

/** Levenshtein's, where a beginning in common (`redi` of `redis+tracked`) costs a third. */
function distanceOf(a: string, b: string): number {
  if (b.startsWith(a) && a !== '') return (b.length - a.length) / 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
