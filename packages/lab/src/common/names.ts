// For an unknown name: the known names that look like it.

/** The known names with the longest beginning in common: most typing errors come after the first letters. */
export function findSimilarNames(name: string, known: readonly string[]): string[] {
  const lengths = known.map((other) => countCommonStart(name.toLowerCase(), other.toLowerCase()));
  const longest = Math.max(...lengths);
  return longest === 0 ? [] : known.filter((_, index) => lengths[index] === longest);
}

function countCommonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** "There is no mode "redi". Did you mean redis or redis+tracked? There are: …" */
export function describeUnknownName(kind: string, name: string, known: readonly string[]): string {
  const similar = findSimilarNames(name, known);
  const guess = similar.length === 0 ? '' : ` Did you mean ${similar.join(' or ')}?`;
  return `There is no ${kind} "${name}".${guess} There are: ${known.join(', ')}`;
}
