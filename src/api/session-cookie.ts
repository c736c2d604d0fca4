/** The names of the cookie that holds the API key of a browser's session: over https one that no other host can set (`__Host-`). */
export const sessionCookieNames = { http: 'earmark_session', https: '__Host-earmark_session' } as const;

/** What every such cookie has: no script reads it, and no page of another site makes a browser send it. */
const attributes = 'HttpOnly; SameSite=Strict; Path=/';

/**
 * The header Set-Cookie that begins a session. Without an age the cookie goes with the browser.
 * @param isSecure whether the request came by https
 */
export function beginSession(key: string, isSecure: boolean): string {
  return `${nameFor(isSecure)}=${key}; ${withSecure(isSecure)}`;
}

/** The header Set-Cookie that ends one. */
export function endSession(isSecure: boolean): string {
  return `${nameFor(isSecure)}=; Max-Age=0; ${withSecure(isSecure)}`;
}

/**
 * What the cookies of a session hold: nothing without one. Several are from somebody who set one beside ours.
 * @param header the header Cookie
 */
export function sessionKeysIn(header: string | undefined, isSecure: boolean): readonly string[] {
  const start = `${nameFor(isSecure)}=`;
  const cookies = (header ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.filter((cookie) => cookie.startsWith(start)).map((cookie) => cookie.slice(start.length));
}

function nameFor(isSecure: boolean): string {
  return isSecure ? sessionCookieNames.https : sessionCookieNames.http;
}

function withSecure(isSecure: boolean): string {
  return isSecure ? `${attributes}; Secure` : attributes;
}
