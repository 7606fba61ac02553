// Which servers answered when, and which of them fell silent: all that can be known of servers that are somebody else's.

/** ms without an answer that are noticed at all. */
const LEAST_MS = 1_000;
/** So many of its usual pauses; a server with fewer answers is not judged. */
const PAUSES = 20;
/** ms in which a machine or a gateway that stands still stops everybody: no single server is named for that. */
const EVERYBODY_MS = 3_000;

export interface Sightings {
  /** An answer of this server, ms since the part began; in any order. */
  add(server: string, at: number): void;
  /** From the last answer before it on; `until` where the server answered again. */
  silences(): { readonly server: string; readonly at: number; readonly until: number | undefined }[];
  /** Servers that first answered when others had answered for a while. */
  newcomers(): { readonly server: string; readonly at: number }[];
}

export function createSightings(): Sightings {
  const times = new Map<string, number[]>();
  const sorted = () => [...times].map(([server, all]) => [server, all.sort((a, b) => a - b)] as const);
  const answersOfOthers = (server: string, from: number, to: number) =>
    [...times].reduce(
      (sum, [name, all]) => sum + (name === server ? 0 : all.filter((at) => at > from && at < to).length),
      0,
    );
  const ends = () =>
    [...times.values()].flat().reduce(({ from, to }, at) => ({ from: Math.min(from, at), to: Math.max(to, at) }), {
      from: Number.POSITIVE_INFINITY,
      to: 0,
    });
  return {
    add(server, at) {
      const all = times.get(server);
      if (all === undefined) times.set(server, [at]);
      else all.push(at);
    },
    silences() {
      const { to } = ends();
      return sorted().flatMap(([server, all]) => {
        if (all.length < PAUSES) return [];
        const bound = Math.max(LEAST_MS, PAUSES * medianPause(all));
        return all.flatMap((at, index) => {
          const next = all[index + 1];
          const ms = (next ?? to) - at;
          if (ms <= bound) return [];
          const itsOwn = times.size === 1 || ms > EVERYBODY_MS || answersOfOthers(server, at, at + ms) >= PAUSES;
          return itsOwn ? [{ server, at, until: next }] : [];
        });
      });
    },
    newcomers() {
      const { from } = ends();
      return sorted().flatMap(([server, [at = from]]) => (at - from > LEAST_MS ? [{ server, at }] : []));
    },
  };
}

function medianPause(times: readonly number[]): number {
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? at));
  return pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
}
