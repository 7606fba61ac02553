// Which server gets the next request: the user's own where there is one, else the next in turn; those that do not answer
// /ready, or lately broke off, are left out until they are ready again.

export interface Upstream {
  /** As the server's INSTANCE_ID: also the value of the cookie `affinity`. */
  readonly name: string;
  readonly url: string;
}

export interface Upstreams {
  /** From now on these, and no other; those that are new count as ready. */
  replace(next: readonly Upstream[]): void;
  /** Undefined when each was tried. With no ready one left, one that is not is better than none. */
  choose(own: string | undefined, tried: readonly Upstream[]): Upstream | undefined;
  /** It refused or broke a connection. */
  failed(upstream: Upstream): void;
  /** What /ready said. */
  checked(upstream: Upstream, ready: boolean): void;
  all(): readonly Upstream[];
}

export function createUpstreams(): Upstreams {
  let all: readonly Upstream[] = [];
  const out = new Set<string>();
  let turn = 0;

  return {
    replace(next) {
      all = next;
      for (const name of out) if (!next.some((upstream) => upstream.name === name)) out.delete(name);
    },
    choose(own, tried) {
      const left = all.filter((upstream) => !tried.includes(upstream));
      const ready = left.filter(({ name }) => !out.has(name));
      const candidates = ready.length > 0 ? ready : left;
      const theirs = candidates.find(({ name }) => name === own);
      if (theirs !== undefined || candidates.length === 0) return theirs;
      turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
      return candidates[turn % candidates.length];
    },
    failed: ({ name }) => void out.add(name),
    checked: ({ name }, ready) => void (ready ? out.delete(name) : out.add(name)),
    all: () => all,
  };
}
