// Which server gets the next request: the user's own where there is one, otherwise the next in turn. Servers that do not answer
// /ready, or that lately broke a connection, are left out until they are ready again.

export interface Upstream {
  /** As the server's INSTANCE_ID: also the value of the cookie `affinity`. */
  readonly name: string;
  readonly url: string;
}

export function createUpstreams() {
  let all: readonly Upstream[] = [];
  const out = new Set<string>();
  let turn = 0;

  return {
    /** New servers count as ready. */
    replace(next: readonly Upstream[]): void {
      all = next;
      for (const name of out) if (!next.some((upstream) => upstream.name === name)) out.delete(name);
    },
    /** Undefined when each was tried. Without a ready server it chooses one that is not. */
    choose(own: string | undefined, tried: readonly Upstream[]): Upstream | undefined {
      const left = all.filter((upstream) => !tried.includes(upstream));
      const ready = left.filter(({ name }) => !out.has(name));
      const candidates = ready.length > 0 ? ready : left;
      const theirs = candidates.find(({ name }) => name === own);
      if (theirs !== undefined || candidates.length === 0) return theirs;
      turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
      return candidates[turn % candidates.length];
    },
    /** It refused or broke a connection. */
    markFailed: ({ name }: Upstream) => void out.add(name),
    /** The answer of /ready. */
    markReady: ({ name }: Upstream, ready: boolean) => void (ready ? out.delete(name) : out.add(name)),
    list: () => all,
  };
}
