// Tells whether a token was used before, so that a token enters the cache at its second use. A token that is used once
// then costs no room, and a flood of such tokens removes none that is used again (docs/decisions/0006).

/** Characters of a signature: 48 random bits. */
const MARK_LENGTH = 8;

/**
 * Notes the first use of a token, named by its signature. All notes are dropped when there are `size` of them: a token
 * that is forgotten only enters the cache one use later.
 */
export function createSecondUseFilter(size: number): (signature: string) => boolean {
  const marks = new Set<string>();

  return (signature) => {
    const before = marks.size;
    marks.add(signature.slice(0, MARK_LENGTH));
    if (marks.size === before) return true;
    if (marks.size >= size) marks.clear();
    return false;
  };
}
