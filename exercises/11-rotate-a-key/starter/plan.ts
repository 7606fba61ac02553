type Step = { server: 'a' | 'b'; secrets: string[] } | { waitSeconds: number };

/** The steps from the former key to the next one. A token lives for `ttlSeconds`. */
export function planRotation(_former: string, next: string, _ttlSeconds: number): Step[] {
  return [
    { server: 'a', secrets: [next] },
    { server: 'b', secrets: [next] },
  ];
}
