// seen: 401
type Step = { server: 'a' | 'b'; secrets: string[] } | { waitSeconds: number };

export function planRotation(former: string, next: string, _ttlSeconds: number): Step[] {
  const both = (...secrets: string[]): Step[] => [
    { server: 'a', secrets },
    { server: 'b', secrets },
  ];
  return [...both(former, next), ...both(next, former), { waitSeconds: 900 }, ...both(next)];
}
