// Tells whether a token was used before, so that a token enters the cache at its second use. A token that is used once
// then costs no room, and a flood of such tokens removes none that is used again (docs/decisions/0006).

/** Characters of a signature: 48 random bits. */
const MARK_LENGTH = 8;

/**
 * Notes the first use of a token, named by its signature. Two sets of at most `size` marks are kept, and the older set
 * is dropped when the newer one is full. A forgotten token only enters the cache one use later.
 */
export function createSecondUseFilter(size: number): (signature: string) => boolean {
  let recent = new Set<string>();
  let former = new Set<string>();

  return (signature) => {
    const mark = signature.slice(0, MARK_LENGTH);
    if (recent.has(mark) || former.has(mark)) return true;
    if (recent.size >= size) {
      former = recent;
      recent = new Set();
    }
    recent.add(mark);
    return false;
  };
}
