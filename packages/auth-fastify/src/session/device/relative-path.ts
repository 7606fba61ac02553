// Paths for the browser are relative to the request that it made. An app behind a gateway does not see the prefix that
// the gateway removes, and a relative path is right behind any prefix.

/**
 * How a browser gets from a request's path to `target`, a path of the same app, by RFC 3986, 5.2: `device/register`
 * from `/auth/login` to `/auth/device/register`.
 * @param url path and query of the request, as the app sees it
 */
export function computeRelativePath(url: string, target: string): string {
  const folders = (url.split('?', 1)[0] ?? '').split('/').slice(1, -1);
  const parts = target.split('/').slice(1);
  let shared = 0;
  while (shared < parts.length - 1 && shared < folders.length && folders[shared] === parts[shared]) shared++;
  return '../'.repeat(folders.length - shared) + parts.slice(shared).join('/');
}
