// Which servers answered when, and which of them fell silent: all that can be known of servers that are not the lab's.

/** ms without an answer that count at all. */
const LEAST_MS = 1_000;
/** A silence is as long as this many usual pauses; a server with fewer answers is not judged. */
const PAUSES = 20;
/** A gateway or machine that hangs for up to so many ms stops all servers: no single server is named for that. */
const SHARED_MS = 3_000;

export type Sightings = ReturnType<typeof createSightings>;

export function createSightings() {
  const times = new Map<string, number[]>();
  const sortTimes = () => [...times].map(([server, all]) => [server, all.sort((a, b) => a - b)] as const);
  const countOthers = (server: string, from: number, to: number) =>
    [...times].flatMap(([name, all]) => (name === server ? [] : all.filter((at) => at > from && at < to))).length;
  return {
    /** An answer of this server, ms since the part began; in any order. */
    add(server: string, at: number): void {
      const all = times.get(server);
      if (all === undefined) times.set(server, [at]);
      else all.push(at);
    },
    /** From the last answer before it; `until` where the server answered again. */
    listSilences() {
      const sorted = sortTimes();
      const end = Math.max(...sorted.map(([, all]) => all.at(-1) ?? 0));
      return sorted.flatMap(([server, all]) => {
        if (all.length < PAUSES) return [];
        const bound = Math.max(LEAST_MS, PAUSES * findMedianPause(all));
        return all.flatMap((at, index) => {
          const until = all[index + 1];
          const ms = (until ?? end) - at;
          if (ms <= bound) return [];
          const isItsOwn = times.size === 1 || ms > SHARED_MS || countOthers(server, at, at + ms) >= PAUSES;
          return isItsOwn ? [{ server, at, until }] : [];
        });
      });
    },
    /** Servers that first answered when others had answered for a while. */
    listNewcomers() {
      const sorted = sortTimes();
      const begin = Math.min(...sorted.map(([, [first = 0]]) => first));
      return sorted.flatMap(([server, [at = begin]]) => (at - begin > LEAST_MS ? [{ server, at }] : []));
    },
  };
}

function findMedianPause(times: readonly number[]): number {
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? at));
  return pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
}
