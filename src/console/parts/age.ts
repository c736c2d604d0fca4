/** `12 s ago`, `3 min ago`, `5 h ago`: how long before a moment another one was, both as the server tells them. */
export function ago(moment: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(moment)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 2 * 60 * 60) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 2 * 24 * 60 * 60) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}
