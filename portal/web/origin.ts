/** Rules about the portal's own origin: who may post to it, and where it may send a visitor. */

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Says whether an `Origin` header names this portal. Built from the configured URL, never from `Host`.
 * A portal on a loopback name answers to all of them, since people type either.
 */
export function originCheck(portalUrl: string): (origin: string | undefined) => boolean {
  const { protocol, hostname, port, origin } = new URL(portalUrl);
  const suffix = port === '' ? '' : `:${port}`;
  const allowed = new Set([
    origin,
    ...(LOOPBACK.includes(hostname) ? LOOPBACK.map((name) => `${protocol}//${name}${suffix}`) : []),
  ]);
  return (candidate) => candidate !== undefined && allowed.has(candidate);
}

/** `next` as a path on this origin, or `/`: no other host, no scheme, no backslash, no control character. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next)) return '/';
  const base = 'http://portal.invalid';
  const url = new URL(next, base);
  return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}
