// Which tokens came before, in 32 bits each: who comes once is not worth room in the cache, nor the work of the garbage
// collector for it. Some are forgotten, when many come; at most one in 65,000 is taken for another (8 marks, of which 19
// of 32 bits are not the bucket's own). Neither does harm: a token whose mark is here is verified all the same, and only then kept.

export interface Marks {
  /** Notes that a token with this signature was accepted, and answers whether one was before. */
  cameBefore(signature: string): boolean;
}

const LEAST = 1_024;
const MOST = 1_048_576;
/** Marks that are looked at: one line of a processor's cache. */
const BUCKET = 8;
/** A signature's characters are random: these hold 96 bits. */
const LOOKED_AT = 16;

/** Room for at least four times `tokens` (1,024 to 1,048,576). */
export function createMarks(tokens: number): Marks {
  const size = 2 ** Math.ceil(Math.log2(Math.min(MOST, Math.max(LEAST, 4 * tokens))));
  const marks = new Int32Array(size);
  const lastBucket = size / BUCKET - 1;
  let next = 0;

  return {
    cameBefore(signature) {
      const mark = markOf(signature);
      const start = (mark & lastBucket) * BUCKET;
      let free = -1;
      for (let at = start; at < start + BUCKET; at++) {
        if (marks[at] === mark) return true;
        if (marks[at] === 0) free = at;
      }
      marks[free < 0 ? start + (next++ % BUCKET) : free] = mark;
      return false;
    },
  };
}

/** Never 0, which is an empty place. */
function markOf(signature: string): number {
  let mark = 0;
  const end = Math.min(LOOKED_AT, signature.length);
  for (let at = 0; at < end; at++) mark = (Math.imul(mark, 31) + signature.charCodeAt(at)) | 0;
  return mark === 0 ? 1 : mark;
}
