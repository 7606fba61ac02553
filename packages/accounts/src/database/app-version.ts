// The version of the apps, which a schema may refuse. A test compares it with package.json.

export const APP_VERSION = '0.1.0';

/** Compares versions such as `0.10.2`: negative if `a` is lower, 0 if they are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
